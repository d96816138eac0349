"""How much one caller may ask."""

import pytest

from chassis.problems import TooManyRequests, Unavailable
from gateway.callers import Caller
from gateway.limits import DEFAULTS, Limit, RateLimits, block_of, key_of, read_limits
from gateway.responses import Fields
from gateway.routing import RateClass

READS, WRITES, LOGIN = RateClass.READS, RateClass.WRITES, RateClass.LOGIN


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def limits(time: Time) -> RateLimits:
    """Two a second, and four at once."""
    return RateLimits({READS: Limit(2, 4), LOGIN: Limit(2, 4)}, remembered=3, clock=time)


def counted(limits: RateLimits, key: str = "ada", rate: RateClass = READS) -> dict[bytes, bytes]:
    fields: Fields = []
    limits.count(rate, key, fields)
    return dict(fields)


def refused(limits: RateLimits, key: str = "ada") -> TooManyRequests:
    with pytest.raises(TooManyRequests) as problem:
        limits.count(READS, key, [])
    return problem.value


def test_a_burst_passes_and_then_as_many_as_the_rate(limits: RateLimits, time: Time) -> None:
    for _ in range(4):
        counted(limits)
    assert refused(limits).headers == {"Retry-After": "1"}
    time.now += 1
    counted(limits)
    counted(limits)
    refused(limits)


def test_what_is_refused_does_not_count(limits: RateLimits, time: Time) -> None:
    for _ in range(4):
        counted(limits)
    for _ in range(100):
        refused(limits)
    time.now += 0.5
    counted(limits)


def test_what_is_left_is_told(limits: RateLimits, time: Time) -> None:
    first = counted(limits)
    assert first[b"ratelimit-policy"] == b'"reads";q=4;w=2'
    assert first[b"ratelimit"] == b'"reads";r=3;t=1'
    left = [counted(limits)[b"ratelimit"] for _ in range(3)]
    assert left == [b'"reads";r=2;t=1', b'"reads";r=1;t=2', b'"reads";r=0;t=2']
    fields: Fields = []
    with pytest.raises(TooManyRequests):
        limits.count(READS, "ada", fields)
    assert dict(fields)[b"ratelimit"] == b'"reads";r=0;t=1'
    time.now += 60
    assert counted(limits)[b"ratelimit"] == b'"reads";r=3;t=1'


def test_callers_and_classes_are_counted_apart(limits: RateLimits) -> None:
    for _ in range(4):
        counted(limits)
    refused(limits)
    counted(limits, "grace")
    counted(limits, rate=LOGIN)


def test_a_class_without_a_limit_is_not_counted(limits: RateLimits) -> None:
    for _ in range(50):
        assert counted(limits, rate=WRITES) == {}


def test_the_memory_is_bounded(limits: RateLimits) -> None:
    """Who has not asked for longest is forgotten first."""
    for _ in range(4):
        counted(limits)
    counted(limits, "one")
    counted(limits, "two")
    refused(limits)
    counted(limits, "three")
    counted(limits)


@pytest.mark.parametrize(("rate", "passes"), [(READS, True), (LOGIN, False)])
def test_a_failing_count_keeps_nobody_out_but_who_tries_credentials(
    rate: RateClass, passes: bool
) -> None:
    def broken() -> float:
        raise OSError("no clock")

    limits = RateLimits(DEFAULTS, remembered=3, clock=broken)
    if passes:
        limits.count(rate, "ada", [])
    else:
        with pytest.raises(Unavailable):
            limits.count(rate, "ada", [])


def test_who_is_counted() -> None:
    assert key_of(Caller("ada", session="s"), "192.0.2.1") == "ada"
    assert key_of(Caller("ada", token="t"), "192.0.2.1") == "t"
    assert key_of(None, "192.0.2.1") == "192.0.2.1"
    assert key_of(None, "2001:db8:1:2:3::4") == key_of(None, "2001:db8:1:2::9")
    assert key_of(None, "2001:db8:1:2::") != key_of(None, "2001:db8:1:3::")
    assert block_of("no:address") == "no:address"
    # As a proxy that listens on both tells of it: else all of IPv4 would share one count.
    assert key_of(None, "::ffff:192.0.2.1") == key_of(None, "192.0.2.1")
    assert key_of(None, "::ffff:192.0.2.1") != key_of(None, "::ffff:192.0.2.2")


def test_limits_are_read_from_a_line() -> None:
    assert read_limits("off") == {}
    assert read_limits("") == DEFAULTS
    assert read_limits("login=5/20  reads=0.5/1") == DEFAULTS | {
        LOGIN: Limit(5, 20),
        READS: Limit(0.5, 1),
    }


@pytest.mark.parametrize(
    "line",
    [
        "on",
        "reads=5",
        "reads=0/5",
        "reads=-1/5",
        "reads=5/0",
        "reads=inf/5",
        "reads=nan/5",
        "x=1/1",
    ],
)
def test_a_line_that_says_nothing_sensible_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_limits(line)
