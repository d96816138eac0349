"""When a key is published, signs, and is withdrawn: nothing but dates.

A key signs from its `activates_at` until its successor does. It is published from the start, so
that every verifier has it before its first token comes, and until the last token that it signed
has expired.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

from chassis.identity import LEEWAY

LIFETIME = 600  # seconds that an access token is good for
MAX_AGE = 300  # seconds that a published key set may be kept by whoever fetched it

# Beside these, a minute for answers under way and for requests that hold on to what they read.
LEAD = timedelta(seconds=MAX_AGE + 60)
TAIL = timedelta(seconds=LIFETIME + LEEWAY + 60)
# In a hurry: our own gateways fetch the keys every five seconds, from a replica that may have read
# them a second before.
HURRIED_LEAD = timedelta(seconds=8)


class KeyState(StrEnum):
    WAITING = "waiting"
    SIGNING = "signing"
    VERIFYING = "verifying"
    WITHDRAWN = "withdrawn"


class Dated(Protocol):
    """A key and its dates."""

    @property
    def kid(self) -> str: ...

    @property
    def activates_at(self) -> datetime: ...

    @property
    def withdrawn_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """What a key is at a time; `served_until` is None while nothing ends it."""

    kid: str
    state: KeyState
    served_until: datetime | None

    @property
    def is_published(self) -> bool:
        return self.state is not KeyState.WITHDRAWN


def standings(keys: Sequence[Dated], at: datetime) -> dict[str, Standing]:
    """The standing of each key, in the order in which they sign."""
    ordered = sorted(keys, key=lambda key: (key.activates_at, key.kid))
    until = {key.kid: key.withdrawn_at for key in ordered}
    # One that was withdrawn before it ever signed is nobody's successor.
    signed = [k for k in ordered if k.withdrawn_at is None or k.withdrawn_at > k.activates_at]
    for key, successor in pairwise(signed):
        end = successor.activates_at + TAIL
        until[key.kid] = min(end, key.withdrawn_at or end)
    found: dict[str, Standing] = {}
    signer: str | None = None
    for key in ordered:
        end_of_key = until[key.kid]
        if end_of_key is not None and end_of_key <= at:
            state = KeyState.WITHDRAWN
        elif key.activates_at > at:
            state = KeyState.WAITING
        else:
            state, signer = KeyState.VERIFYING, key.kid
        found[key.kid] = Standing(key.kid, state, end_of_key)
    if signer is not None:
        found[signer] = Standing(signer, KeyState.SIGNING, found[signer].served_until)
    return found
