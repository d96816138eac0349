"""Statements that are asked again and again with the same values: planned once for them.

PostgreSQL plans a statement anew for each set of parameters whenever that promises a better plan,
as for every page, whose limit is one: half of what a page takes. A plan for any values is no way
out: what suits most workspaces reads all of a large one, or of a small one's neighbours. A
statement with its values written out has one plan, made for just these, kept by the connection
until the table's statistics change, and for five minutes at most (asyncpg's statement cache).
"""

import re
from collections import OrderedDict
from collections.abc import Sequence
from uuid import UUID

KEPT = 64  # statements; a connection's cache holds 100, others among them
OFTEN = 3  # times that a statement comes before it is worth a plan of its own
_PLACE = re.compile(r"\$(\d+)")


class Plans:
    """Which statements come often enough, of the `kept` that came last."""

    def __init__(self, *, kept: int = KEPT, often: int = OFTEN) -> None:
        self._kept = kept
        self._often = often
        self._seen: OrderedDict[tuple[str, tuple[object, ...]], int | str] = OrderedDict()

    def written_out(self, sql: str, values: Sequence[object]) -> str | None:
        """`sql` with its first parameters, `values`, written out and the rest counted from `$1`;
        None where they come too rarely, or are not just ids and truths."""
        if not all(isinstance(value, UUID | bool) for value in values):
            return None
        key = (sql, tuple(values))
        seen = self._seen.get(key, 0)
        if isinstance(seen, int):
            seen = seen + 1 if seen < self._often else _written_out(sql, values)
            self._seen[key] = seen
            if len(self._seen) > self._kept:
                self._seen.popitem(last=False)
        self._seen.move_to_end(key)
        return seen if isinstance(seen, str) else None


def _written_out(sql: str, values: Sequence[object]) -> str:
    def value(place: re.Match[str]) -> str:
        at = int(place[1])
        return _literal(values[at - 1]) if at <= len(values) else f"${at - len(values)}"

    return _PLACE.sub(value, sql)


def _literal(value: object) -> str:
    return f"'{value}'::uuid" if isinstance(value, UUID) else str(value).lower()
