"""When a replica is left alone."""

import asyncio

import pytest

from gateway.breaker import COOL_DOWN, IN_A_ROW, LEAST, WINDOW, Breaker
from gateway.routing import ServiceName
from gateway.upstream import MOST_RETRIES, Upstream


@pytest.fixture
def breaker() -> Breaker:
    return Breaker("catalog", "127.0.0.1:1")


def opened(breaker: Breaker) -> Breaker:
    for _ in range(IN_A_ROW):
        breaker.failed(0.0)
    return breaker


def test_failures_in_a_row_open_it(breaker: Breaker) -> None:
    for _ in range(IN_A_ROW - 1):
        breaker.failed(0.0)
    breaker.succeeded()
    breaker.failed(0.0)
    assert breaker.allows(0.0)
    opened(breaker)
    assert not breaker.allows(COOL_DOWN / 2)


def test_a_share_of_failures_opens_it(breaker: Breaker) -> None:
    breaker.failed(0.0)
    for _ in range(LEAST // 2 - 1):
        breaker.succeeded()
        assert breaker.allows(1.0)
        breaker.failed(1.0)
    breaker.succeeded()
    breaker.failed(1.0)
    breaker.succeeded()
    assert not breaker.allows(1.0)


def test_failures_of_long_ago_do_not_count(breaker: Breaker) -> None:
    for number in range(LEAST * 2):
        breaker.succeeded()
        breaker.failed(number * (WINDOW / 4))
    assert breaker.allows(LEAST * WINDOW)


def test_one_probe_at_a_time_until_one_works(breaker: Breaker) -> None:
    opened(breaker)
    assert breaker.allows(COOL_DOWN)
    breaker.begun()
    assert not breaker.allows(COOL_DOWN)
    breaker.failed(COOL_DOWN)
    assert not breaker.allows(COOL_DOWN * 1.5)
    assert breaker.allows(COOL_DOWN * 2)
    breaker.begun()
    breaker.succeeded()
    assert breaker.allows(COOL_DOWN * 2)
    breaker.failed(COOL_DOWN * 2)
    assert breaker.allows(COOL_DOWN * 2), "what failed before it closed is forgotten"


def test_a_probe_that_nobody_waited_for_is_no_probe(breaker: Breaker) -> None:
    opened(breaker)
    breaker.begun()
    breaker.abandoned()
    assert breaker.allows(COOL_DOWN)


async def test_a_tenth_of_the_requests_may_be_sent_again() -> None:
    upstream = Upstream(ServiceName.CATALOG, ["http://127.0.0.1:9"])
    assert [upstream.may_retry() for _ in range(int(MOST_RETRIES) + 1)][-2:] == [True, False]
    for _ in range(11):
        await asyncio.gather(upstream.lease(), return_exceptions=True)
    assert upstream.may_retry()
    assert not upstream.may_retry()
