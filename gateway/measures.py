"""What the gateway measures, for Prometheus. No label names a workspace, a user or an address."""

from collections import defaultdict
from collections.abc import Iterator

from prometheus_client import REGISTRY, Counter
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

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


class _Requests(Collector):
    """Answers by who gave them and their status. A plain count in one thread, since a counter of
    prometheus_client's takes a lock at every request."""

    def __init__(self) -> None:
        self._counts: defaultdict[tuple[str, int], int] = defaultdict(int)

    def count(self, service: str, status: int) -> None:
        self._counts[service, status] += 1

    def collect(self) -> Iterator[CounterMetricFamily]:
        family = CounterMetricFamily(
            "warehouse_gateway_requests",
            "Requests by the service that answered (gateway: itself) and status",
            labels=["service", "status"],
        )
        for (service, status), count in tuple(self._counts.items()):
            family.add_metric([service, str(status)], count)
        yield family


REQUESTS = _Requests()
REGISTRY.register(REQUESTS)
