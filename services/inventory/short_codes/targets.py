"""The things that codes are on: how one is locked, and told its code."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.aggregate import lock
from chassis.database import Source, TenantSession
from chassis.events import changes_of, touch
from chassis.outbox import stage
from chassis.problems import NotFound, invalid
from chassis.reach import Reach
from services.inventory.containers.events import ContainerUpdated
from services.inventory.containers.models import Container
from services.inventory.items import service as items
from services.inventory.locations.events import LocationUpdated
from services.inventory.locations.models import Location
from services.inventory.reach import reaches
from services.inventory.short_codes import repository
from services.inventory.short_codes.kinds import Thing
from services.inventory.stock.events import StockUpdated
from services.inventory.stock.models import Entry

_MODELS: dict[Thing, tuple[Any, Any]] = {
    Thing.LOCATION: (Location, LocationUpdated),
    Thing.CONTAINER: (Container, ContainerUpdated),
    Thing.ENTRY: (Entry, StockUpdated),
}


@dataclass(frozen=True, slots=True)
class Target:
    """A locked thing and the code that is on it; `row` is None for an item, which is catalog's."""

    kind: Thing
    id: UUID
    code: str | None
    row: Any = None

    def note(self, session: TenantSession, code: str | None) -> None:
        """Tell the thing its new code, where it has a column for it."""
        if self.row is None or self.row.short_code == code:
            return
        self.row.short_code = code
        changes = changes_of(self.row)
        touch(self.row)
        stage(session, _MODELS[self.kind][1].of(self.row, changes=changes))


async def take(
    session: TenantSession,
    committed: Source,
    kind: Thing,
    target_id: UUID,
    within: Reach,
    *,
    patience: float,
) -> Target:
    """A thing, locked until this transaction ends. Raises `Invalid` for one that is not there, or
    not within reach; an item made a moment ago is waited for as `items.check_known` does."""
    if kind is Thing.ITEM:
        await items.check_known(session, committed, target_id, patience=patience)
        code = await repository.code_on(session, session.workspace_id, kind, target_id)
        return Target(kind, target_id, code)
    model = _MODELS[kind][0]
    try:
        row = await lock(session, model, target_id, kind.value)
    except NotFound:
        raise _unknown(kind) from None
    place = row.id if kind is Thing.LOCATION else row.location_id
    if not await reaches(session, session.workspace_id, within, place):
        raise _unknown(kind)
    return Target(kind, target_id, row.short_code, row)


async def take_all(
    session: TenantSession, kind: Thing, location_id: UUID, within: Reach, *, limit: int
) -> list[Target]:
    """The things in use of a kind on a location, in it or in any below it, that have no code,
    locked; no more than `limit`. Raises `Invalid` for a location that is not within reach."""
    below = await repository.places_below(session, session.workspace_id, location_id)
    if not below or not await reaches(session, session.workspace_id, within, location_id):
        raise invalid("location_id", "There is no such location here.", "not-found")
    model = _MODELS[kind][0]
    place = model.id if kind is Thing.LOCATION else model.location_id
    rows = await session.scalars(
        select(model)
        .where(
            model.workspace_id == session.workspace_id,
            place.in_(below),
            model.short_code.is_(None),
            model.is_archived.is_(False),
        )
        .order_by(model.id)
        .limit(limit)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return [Target(kind, row.id, None, row) for row in rows]


async def take_known(session: TenantSession, kind: Thing, target_id: UUID) -> Target | None:
    """As `take`, of a thing that had a code when last looked; None for an item, or for what is
    gone."""
    if kind is Thing.ITEM:
        return None
    try:
        row = await lock(session, _MODELS[kind][0], target_id, kind.value)
    except NotFound:
        return None
    return Target(kind, target_id, row.short_code, row)


def _unknown(kind: Thing) -> Exception:
    return invalid("id", f"There is no such {kind.value} here.", "not-found")
