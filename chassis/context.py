"""What is known about the work at hand: who asked, under which request, in which trace.

Set by the HTTP edge and by consumers, read by logs and by the outbox, so that no use case has to
carry it. W3C Trace Context (`traceparent`, version 00).
"""

import re
from contextvars import ContextVar
from dataclasses import dataclass
from random import getrandbits  # ids that nobody must guess are made elsewhere

SYSTEM = "system"
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class Context:
    """Actor (a user id, or `system`), request id and traceparent."""

    actor: str = SYSTEM
    request_id: str = ""
    traceparent: str = ""


_NOBODY = Context()
_current: ContextVar[Context] = ContextVar("context", default=_NOBODY)


def current() -> Context:
    return _current.get()


def enter(context: Context) -> None:
    """Make `context` the current one for the rest of this task."""
    _current.set(context)


def continue_trace(traceparent: str | None) -> str:
    """A traceparent for work done on behalf of `traceparent`; a new trace if it has none.

    The trace id stays, the span id is new. A malformed or all-zero value starts a new trace, as
    the recommendation asks.
    """
    match = _TRACEPARENT.fullmatch(traceparent or "")
    if match and match[1].strip("0") and match[2].strip("0"):
        return f"00-{match[1]}-{getrandbits(64):016x}-{match[3]}"
    return f"00-{getrandbits(128):032x}-{getrandbits(64):016x}-01"
