"""What is throttled, by whom it is counted, and how much is let through."""

import hashlib
import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum


class Purpose(StrEnum):
    """What is tried."""

    PASSWORD = "password"  # noqa: S105 - a purpose, no secret
    SECOND_FACTOR = "second_factor"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose, no secret
    VERIFICATION = "verification"
    REGISTRATION = "registration"
    INVITATION = "invitation"


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst` at once, then one `every` so long: the generic cell rate algorithm (ITU-T I.371).
    Who waits for `every` may try again, so that it is also the longest that anybody is kept out."""

    burst: int
    every: timedelta

    @property
    def tolerance(self) -> timedelta:
        """How far ahead of the clock a counter may be for one more to be let through."""
        return self.every * (self.burst - 1)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a purpose: for an account from one address, which is the strict one, for an
    account from wherever, and for an address whatever the account."""

    pair: Limit | None = None
    account: Limit | None = None
    address: Limit | None = None


def _limit(burst: int, seconds: float) -> Limit:
    return Limit(burst, timedelta(seconds=seconds))


def limits(registrations_per_hour: int) -> Mapping[Purpose, Limits]:
    """The limits that hold unless a test has others."""
    return {
        Purpose.PASSWORD: Limits(_limit(5, 60), _limit(30, 30), _limit(30, 20)),
        # Six digits are soon guessed by one who has the password already.
        Purpose.SECOND_FACTOR: Limits(_limit(5, 300), _limit(10, 300), None),
        Purpose.PASSWORD_RESET: Limits(_limit(3, 300), _limit(6, 300), _limit(20, 60)),
        Purpose.VERIFICATION: Limits(account=_limit(3, 300)),
        # Mails to one address, whichever of many workspaces they are from.
        Purpose.INVITATION: Limits(account=_limit(20, 7200)),
        Purpose.REGISTRATION: Limits(
            address=_limit(registrations_per_hour, 3600 / registrations_per_hour)
        ),
    }


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody at `address` tries something with `account`: an e-mail address, whether or not
    anybody has it, or a user's id. At a `familiar` address, where the account is signed in, what
    strangers do elsewhere does not count, so that they keep nobody out of their own account."""

    purpose: Purpose
    account: str
    address: str
    familiar: bool = False

    def at_home(self, familiar: bool) -> "Attempt":
        return replace(self, familiar=familiar)

    def counted_by(self, limits: Limits) -> Iterator[tuple[bytes, Limit]]:
        """The keys it is counted under and their limits, always in this order: two transactions
        that count several take their locks alike."""
        account, network = self.account.lower(), _network(self.address)
        if limits.pair:
            yield self._key("pair", account, network), limits.pair
        if limits.account and not self.familiar:
            yield self._key("account", account), limits.account
        if limits.address:
            yield self._key("address", network), limits.address

    def _key(self, *parts: str) -> bytes:
        # Of fixed length, and no list of who was tried.
        return hashlib.sha256("\n".join((self.purpose, *parts)).encode()).digest()


def _network(address: str) -> str:
    """What one subscriber has: an IPv4 address, or a /64 of IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
