"""Where a request comes from."""

from ipaddress import ip_network

import pytest

from gateway.addresses import Addresses

PROXIES = Addresses([ip_network("10.0.0.0/8"), ip_network("fd00::/8")])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", b"198.51.100.7", "192.0.2.1"),  # made up: its peer is no proxy of ours
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", b"198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", b"1.1.1.1, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", b"1.1.1.1, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", b"10.0.0.3,10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", b"198.51.100.7:4711", "198.51.100.7"),
        ("10.0.0.1", b"[2001:DB8::1]:4711", "2001:db8::1"),
        ("fd00::1", b"2001:db8:0::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", b"198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", b"unknown", "10.0.0.1"),
        ("10.0.0.1", b"198.51.100.7, <script>", "10.0.0.1"),
        ("10.0.0.1", b"198.51.100.7, 10.0.0.2, ", "10.0.0.1"),
        ("", b"198.51.100.7", ""),
    ],
)
def test_the_last_address_that_is_no_proxys(
    peer: str, forwarded: bytes | None, client: str
) -> None:
    assert PROXIES.client(peer, forwarded) == client


def test_without_proxies_the_peer_is_the_client() -> None:
    assert Addresses([]).client("10.0.0.1", b"198.51.100.7") == "10.0.0.1"
