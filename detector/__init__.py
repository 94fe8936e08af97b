"""The pure core of siaga: posts in, explained incidents out; no I/O, no wall clock, no Kafka."""
