"""What the gateway measures, for Prometheus. No label names a workspace, a user or an address."""

from prometheus_client import Counter

LIMITED = Counter("warehouse_gateway_limited", "Requests over their rate limit", ["rate_class"])
LIMITER_ERRORS = Counter("warehouse_gateway_limiter_errors", "Requests that could not be counted")
