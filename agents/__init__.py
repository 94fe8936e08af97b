"""The shell around the core: Faust agents, Kafka, HTTP, settings and the command line."""
