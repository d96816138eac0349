"""Whom a request is for."""

import pytest

from chassis.problems import BadRequest
from gateway.hosts import Hosts
from gateway.problems import Misdirected


@pytest.mark.parametrize(
    "host", [b"x", b"example.org", b"127.0.0.1:8000", b"[::1]:80", b"[::1]", b"EXAMPLE.org", b"a_b"]
)
def test_any_plain_host_will_do(host: bytes) -> None:
    hosts = Hosts([])
    for _ in range(2):
        hosts.check(host, "1.1")


@pytest.mark.parametrize(
    "host",
    [
        None,
        b"",
        b"a,b",
        b"a b",
        b"a/b",
        b"u@a",
        b"a:b",
        b"a:",
        b"<a>",
        b"a:123456",
        b"[::1",
        b"\xe9",
    ],
)
def test_none_or_an_odd_one_is_refused(host: bytes | None) -> None:
    with pytest.raises(BadRequest):
        Hosts([]).check(host, "1.1")


def test_http_1_0_needs_none() -> None:
    Hosts([]).check(None, "1.0")
    with pytest.raises(BadRequest):
        Hosts(["example.org"]).check(None, "1.0")


def test_only_what_is_served() -> None:
    hosts = Hosts(["example.org", ".club.example"])
    for host in (b"example.org", b"Example.org:8000", b"a.club.example", b"club.example"):
        hosts.check(host, "1.1")
    for host in (b"example.org.evil", b"a.example.org", b"evilclub.example", b"[::1]"):
        with pytest.raises(Misdirected):
            hosts.check(host, "1.1")
