"""Statements that are asked again and again with the same values: planned once for them.

PostgreSQL plans a statement anew for each set of parameters whenever that promises a better plan,
as for every page, whose limit is one: half of what a page takes. A plan for any values is no way
out: what suits most workspaces reads all of a large one, or of a small one's neighbours. A
statement with its values written out has one plan, made for just these. The reader's connections
make it anew every few seconds (`chassis.database`), so that what grows from nothing is not read by
the plan for nothing.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

KEPT = 64  # statements; a connection's cache holds 100, others among them
OFTEN = 4  # times that a statement comes before it is worth a plan of its own
WINDOW = 10.0  # seconds that times are counted over
_PLACE = re.compile(r"\$(\d+)")


@dataclass(slots=True)
class _Asked:
    """A statement with its values: how often since when, and written out if that was enough."""

    since: float
    times: int = 0
    text: str | None = None


class Plans:
    """Which statements come often enough, of the `kept` that came last."""

    def __init__(
        self,
        *,
        kept: int = KEPT,
        often: int = OFTEN,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kept = kept
        self._often = often
        self._clock = clock
        self._asked: OrderedDict[tuple[str, tuple[object, ...]], _Asked] = OrderedDict()

    def written_out(self, sql: str, values: Sequence[object]) -> str | None:
        """`sql` with its first parameters, `values`, written out and the rest counted from `$1`;
        None where they come too rarely, or are not just ids and truths."""
        if not all(isinstance(value, UUID | bool) for value in values):
            return None
        key, now = (sql, tuple(values)), self._clock()
        asked = self._asked.get(key)
        if asked is None or now - asked.since > WINDOW:
            asked = self._asked[key] = _Asked(now)
            if len(self._asked) > self._kept:
                self._asked.popitem(last=False)
        self._asked.move_to_end(key)
        asked.times += 1
        if asked.text is None and asked.times > self._often:
            asked.text = _written_out(sql, values)
        return asked.text


def _written_out(sql: str, values: Sequence[object]) -> str:
    def value(place: re.Match[str]) -> str:
        at = int(place[1])
        return _literal(values[at - 1]) if at <= len(values) else f"${at - len(values)}"

    return _PLACE.sub(value, sql)


def _literal(value: object) -> str:
    return f"'{value}'::uuid" if isinstance(value, UUID) else str(value).lower()
