"""PostgreSQL and Kafka on this machine with nothing to install but Python packages."""
