"""Where a request comes from: its peer, or whom a trusted proxy says that it speaks for."""

import ipaddress
from collections.abc import Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Addresses:
    """`trusted`: the networks of the proxies whose `X-Forwarded-For` is believed."""

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = tuple(trusted)

    @property
    def believed(self) -> bool:
        """Whether any proxy is: without one, the peer is the client."""
        return bool(self._trusted)

    def client(self, peer: str, forwarded_for: bytes | None) -> str:
        """The last address on the way here that is no trusted proxy's. Every proxy adds the peer
        it saw at the end, so that what a client made up stands before its own address."""
        if not self._trusted or not forwarded_for or not self._is_trusted(peer):
            return peer
        client = peer
        for hop in reversed(forwarded_for.decode("latin-1").split(",")):
            address = _address(hop.strip())
            if address is None:
                break
            client = address
            if not self._is_trusted(address):
                break
        return client

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        mapped = getattr(parsed, "ipv4_mapped", None)
        return any((mapped or parsed) in network for network in self._trusted)


def _address(hop: str) -> str | None:
    """An address in canonical form, without a port; None for anything else."""
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        return str(ipaddress.ip_address(hop))
    except ValueError:
        return None
