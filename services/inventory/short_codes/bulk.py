"""The registry of codes for many things at once: by the rules of `registry`, with its events."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from chassis.bulk import State, Table, edited
from chassis.database import TenantSession
from chassis.events import Event
from chassis.statements import Statement
from services.inventory.short_codes import kinds, repository
from services.inventory.short_codes.alphabet import readings
from services.inventory.short_codes.events import (
    ShortCodeClaimed,
    ShortCodeMade,
    ShortCodeReleased,
)
from services.inventory.short_codes.kinds import Thing
from services.inventory.short_codes.models import ShortCode
from services.inventory.short_codes.registry import CodeTaken

CODES = Table(ShortCode)
_FREE = Statement(
    """
    UPDATE short_codes s SET state = 'unused', kind = NULL, target_id = NULL FROM {rows}
    WHERE s.workspace_id = r.workspace_id AND s.code = r.code
    """,
    {"workspace_id": "uuid", "code": "text"},
)

Told = list[tuple[type[Event], State]]


class TakenElsewhere(Exception):  # noqa: N818 - a signal: whoever asked tries again, knowing
    """Codes that turned out to be another workspace's when they were written."""

    def __init__(self, codes: Collection[str]) -> None:
        super().__init__(*codes)
        self.codes = frozenset(codes)


@dataclass(slots=True)
class Codes:
    """The workspace's codes as they are by now, by themselves; `elsewhere` are those of others."""

    workspace_id: UUID
    rows: dict[str, State]
    elsewhere: Collection[str] = ()
    _worn: set[str] = field(default_factory=set)  # on something in the database
    _fresh: set[str] = field(default_factory=set)
    _changed: set[str] = field(default_factory=set)

    @classmethod
    async def lock(
        cls, session: TenantSession, codes: Collection[str], elsewhere: Collection[str]
    ) -> Self:
        """Those among `codes`, as they are or as they were typed, locked in their order."""
        rows: dict[str, State] = {}
        if codes:
            found = await repository.meant(session, session.workspace_id, codes)
            locked = await repository.lock(session, found)
            rows = {
                code: {name: getattr(row, name) for name in CODES.columns}
                for code, row in locked.items()
            }
        worn = {code for code, row in rows.items() if row["state"] != kinds.State.UNUSED}
        return cls(session.workspace_id, rows, elsewhere, worn)

    def registered(self, typed: str) -> str:
        """A code that somebody typed, as it is registered, or is to be."""
        exact, read = readings(typed)
        is_read = exact not in self.rows and read in self.rows and self.rows[read]["is_made"]
        return read if is_read else exact

    def exchange(
        self, target: tuple[Thing, UUID], old: str | None, new: str | None, told: Told
    ) -> None:
        """Take the registered code `old` off a thing and put `new` on it; None for none. Raises
        `CodeTaken`, before anything changes, for one that is on something else, or another's."""
        if old == new:
            return
        taken = new is not None and (
            new in self.elsewhere
            or (new in self.rows and self.rows[new]["state"] != kinds.State.UNUSED)
        )
        if taken and new is not None:
            raise CodeTaken(new)
        if old is not None and old in self.rows:
            unused = {"state": kinds.State.UNUSED, "kind": None, "target_id": None}
            nothing = {**unused, "is_additional": False}
            self._keep(old, nothing, ShortCodeReleased, told)
        if new is None:
            return
        kind, target_id = target
        claimed = {"state": kinds.State.CLAIMED, "kind": kind, "target_id": target_id}
        if new in self.rows:
            self._keep(new, claimed, ShortCodeClaimed, told)
            return
        row = CODES.new(
            self.workspace_id, {"code": new, "is_made": False, "is_additional": False, **claimed}
        )
        self.rows[new] = row
        self._fresh.add(new)
        told.append((ShortCodeMade, row))

    async def write(self, session: TenantSession) -> None:
        """Raises `TakenElsewhere` for codes that nobody here could know of."""
        if self._fresh:
            fresh = [self.rows[code] for code in self._fresh]
            missed = self._fresh - await repository.register(session, fresh)
            if missed:
                raise TakenElsewhere(missed)
        kept = sorted(self._changed - self._fresh)
        # A thing has one code: all are taken off before one is put on.
        freed = [{"workspace_id": self.workspace_id, "code": code} for code in kept]
        if not self._worn.isdisjoint(kept):
            await _FREE.execute(session, freed)
        await CODES.update(session, [self.rows[code] for code in kept])

    def _keep(self, code: str, fields: State, happened: type[Event], told: Told) -> None:
        after, changes = edited(self.rows[code], fields)
        self.rows[code] = after
        self._changed.add(code)
        told.append((happened, {**after, "changes": changes}))
