"""What the gateway measures, for Prometheus. No label names a workspace, a user or an address."""

from prometheus_client import Counter

LIMITED = Counter("warehouse_gateway_limited", "Requests over their rate limit", ["rate_class"])
LIMITER_ERRORS = Counter("warehouse_gateway_limiter_errors", "Requests that could not be counted")
UPSTREAM_FAILURES = Counter(
    "warehouse_gateway_upstream_failures",
    "Exchanges that came to nothing: connect, timeout, closed, broken, broke_off",
    ["service", "reason"],
)
RETRIES = Counter("warehouse_gateway_retries", "Requests that were sent again", ["service"])
BREAKERS_OPENED = Counter(
    "warehouse_gateway_breakers_opened", "Replicas that are left alone for a while", ["service"]
)
