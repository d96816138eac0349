"""How much one caller may ask: a rate and a burst for each class of requests.

Counted in the memory of each replica by the generic cell rate algorithm (a leaky bucket as a
meter): one time stamp a caller, so that a check is one look-up. Who signed in is counted by user,
a script by its token, so that it leaves its owner's browser alone, everybody else by address. Told
in `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10).
"""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from math import ceil
from typing import NamedTuple

from chassis.logging import get_logger
from chassis.problems import TooManyRequests, Unavailable
from gateway import measures
from gateway.callers import Caller
from gateway.responses import Fields
from gateway.routing import RateClass

log = get_logger(__name__)


class Limit(NamedTuple):
    """`burst` requests at once, and `rate` a second for as long as one likes."""

    rate: float
    burst: int


DEFAULTS = {
    RateClass.READS: Limit(500, 1000),
    RateClass.WRITES: Limit(200, 400),
    RateClass.LOGIN: Limit(20, 100),
}


def read_limits(text: str) -> dict[RateClass, Limit]:
    """`off` for no limits, or what differs from the usual: `reads=500/1000 login=5/20`, each a
    class, requests a second and burst. Raises `ValueError` for anything else."""
    if text.strip().lower() == "off":
        return {}
    limits = dict(DEFAULTS)
    for part in text.split():
        name, _, numbers = part.partition("=")
        rate, _, burst = numbers.partition("/")
        limit = Limit(float(rate), int(burst))
        if not (0 < limit.rate < float("inf") and limit.burst >= 1):
            raise ValueError(f"a rate above 0 and a burst of at least 1, not {numbers!r}")
        limits[RateClass(name)] = limit
    return limits


class Meter:
    """Counts the requests of one class by caller; `remembered` callers at most, of which those
    who asked last are the ones that count."""

    def __init__(self, name: RateClass, limit: Limit, *, remembered: int) -> None:
        self._interval = 1 / limit.rate
        self._tolerance = limit.burst / limit.rate
        self._remembered = remembered
        self._empty_at: OrderedDict[str, float] = OrderedDict()
        self._left = b'"%b";r=%%d;t=%%d' % name.encode()
        window = max(1, ceil(self._tolerance))
        policy = b'"%b";q=%d;w=%d' % (name.encode(), limit.burst, window)
        self.policy = (b"ratelimit-policy", policy)

    def count(self, key: str, now: float) -> tuple[float, tuple[bytes, bytes]]:
        """Seconds to wait, 0 for a request that may go on (and is counted), and the field that
        tells what is left."""
        empty_at = self._empty_at.get(key, now)
        empty_at = max(empty_at, now) + self._interval
        wait = empty_at - now - self._tolerance
        if wait > 1e-9:  # what adding up intervals may be off by
            return wait, (b"ratelimit", self._left % (0, ceil(wait)))
        self._empty_at[key] = empty_at
        self._empty_at.move_to_end(key)
        if len(self._empty_at) > self._remembered:
            self._empty_at.popitem(last=False)
        left = int(-wait / self._interval + 1e-6)
        return 0.0, (b"ratelimit", self._left % (left, ceil(empty_at - now)))


class RateLimits:
    """The limits of a replica; with none, nothing is counted."""

    def __init__(
        self,
        limits: Mapping[RateClass, Limit],
        *,
        remembered: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._meters = {
            name: Meter(name, limit, remembered=remembered) for name, limit in limits.items()
        }

    def count(self, rate: RateClass, key: str, fields: Fields) -> None:
        """Count a request of the caller `key`; `fields` learn what is left. Raises
        `TooManyRequests`. Should the count itself fail, requests pass, except those that try
        credentials: they get `Unavailable`."""
        meter = self._meters.get(rate)
        if meter is None:
            return
        try:
            wait, left = meter.count(key, self._clock())
        except Exception as error:
            measures.LIMITER_ERRORS.inc()
            log.exception("limits.failed", rate=rate)
            if rate is RateClass.LOGIN:
                raise Unavailable(
                    "Attempts can't be counted right now; try again in a moment.",
                    headers={"Retry-After": "1"},
                ) from error
            return
        fields += (meter.policy, left)
        if wait:
            measures.LIMITED.labels(rate).inc()
            seconds = max(1, ceil(wait))
            raise TooManyRequests(
                f"Wait {seconds} s, then send no more than the RateLimit-Policy of this answer "
                "allows.",
                headers={"Retry-After": str(seconds)},
            )


def key_of(caller: Caller | None, address: str) -> str:
    """What a request is counted by."""
    if caller is None:
        return block_of(address) if ":" in address else address
    return caller.token or caller.user


def block_of(address: str) -> str:
    """The /64 of an IPv6 address: one customer's, who may change the rest at will. An IPv4 address
    written as one of IPv6 is itself: all of those lie in one /64."""
    try:
        parsed = ipaddress.IPv6Address(address)
        mapped = parsed.ipv4_mapped
        return str(mapped or ipaddress.ip_network((parsed, 64), strict=False))
    except ValueError:
        return address
