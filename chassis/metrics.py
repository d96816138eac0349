"""What the backbone measures, as Prometheus reads it at `/metrics` of each service's own port.

Labels name services, topics and partitions, never a workspace. Gauges are as of the last look
of the part that sets them, at most ten seconds ago.
"""

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

MEDIA_TYPE = CONTENT_TYPE_LATEST

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)

OUTBOX_PENDING = Gauge(
    "warehouse_outbox_pending", "Committed events that Kafka has not acknowledged", ["service"]
)
OUTBOX_OLDEST = Gauge(
    "warehouse_outbox_oldest_seconds", "Age of the oldest pending event", ["service"]
)
PUBLISHED = Counter("warehouse_outbox_published", "Events that Kafka has acknowledged", ["service"])
RELAY_ERRORS = Counter("warehouse_relay_errors", "Interruptions of the relay", ["service"])
RELAY_SHARDS = Gauge("warehouse_relay_shards", "Shards that this relay holds", ["service"])

RECORDS = Counter(
    "warehouse_consumer_records",
    "Records read: applied, seen (before), ignored (of no concern), dead (to the dead letters)",
    ["service", "topic", "outcome"],
)
LAG = Gauge(
    "warehouse_consumer_lag",
    "Records behind the end of a partition that this process reads",
    ["service", "topic", "partition"],
)
DEAD_LETTERS = Counter("warehouse_consumer_dead_letters", "Records given up", ["service", "topic"])
RESTARTS = Counter(
    "warehouse_consumer_restarts", "Restarts of a consumer that stood still", ["service"]
)
LOST_LOGS = Counter(
    "warehouse_consumer_lost_logs", "Partitions found shorter or other than applied", ["service"]
)
BATCH_SECONDS = Histogram(
    "warehouse_consumer_batch_seconds",
    "From a batch's arrival to its commit",
    ["service"],
    buckets=_SECONDS,
)


def text() -> bytes:
    """Everything measured in this process, in Prometheus' text format."""
    return generate_latest()
