"""Where posts come from besides Kafka: files."""
