"""Whom a request is for: one Host, in its plain form, and one of ours if that is asked for."""

import re
from collections.abc import Sequence

from chassis.problems import BadRequest
from gateway.problems import Misdirected

_HOST = re.compile(rb"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_REMEMBERED = 256


class Hosts:
    """`allowed`: names that are served, `.example.org` with all below it; none for any name.

    No answer repeats a Host and nothing is found by it, so that a made-up one does no harm."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = tuple(name.lower() for name in allowed)
        self._good: set[bytes | None] = set()

    def check(self, host: bytes | None, http_version: str) -> None:
        """Raises `BadRequest` for none, several or an odd one, `Misdirected` for another's."""
        if host in self._good:
            return
        if host is None:
            if http_version == "1.1" or self._allowed:
                raise BadRequest("A request names its host, in one Host field.")
            return
        if _HOST.fullmatch(host) is None:
            raise BadRequest("The Host of this request is no name or address with a port.")
        if self._allowed and not self._serves(host):
            raise Misdirected
        if len(self._good) < _REMEMBERED:
            self._good.add(host)

    def _serves(self, host: bytes) -> bool:
        name = host.decode("ascii").lower()
        if not name.endswith("]"):
            name = name.rpartition(":")[0] or name
        return any(
            name == one or (one.startswith(".") and (name == one[1:] or name.endswith(one)))
            for one in self._allowed
        )
