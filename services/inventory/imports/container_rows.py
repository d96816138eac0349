"""Rows that make, change or move containers, one after the other: a container takes along what is
in it, and it may be the parent of the next."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from chassis.bulk import edited
from chassis.database import TenantSession
from chassis.fields import sent
from chassis.importing import UNCHANGED, UPDATED, Making, Outcome, check_in_use
from chassis.imports import ImportRow
from chassis.problems import Problem
from chassis.tree_paths import folded, path_of
from services.inventory.containers import service
from services.inventory.containers.schemas import ContainerCreate, ContainerPatch
from services.inventory.imports import places
from services.inventory.imports.places import CONTAINERS
from services.inventory.movements.service import Place

KIND = "containers"
_NAMES = {"location_id": "location", "parent_id": "parent"}
_MATCH = """
    SELECT id FROM containers WHERE workspace_id = $1 AND CASE WHEN $2::text IS NOT NULL
        THEN external_id = $2
        ELSE location_id = $3 AND lower(name) = lower($4) AND NOT is_archived
            AND ($5::uuid IS NULL OR parent_id = $5)
    END
"""


async def bring_in(session: TenantSession, rows: Sequence[ImportRow], making: Making) -> Outcome:
    """Make or change the container of each row, found by its external_id or else by its name in
    its location."""
    outcome = Outcome()
    for row in rows:
        # What a row calls its parent is the container that a thing would be put in.
        standing = {"location": row.fields.get("location"), "container": row.fields.get("parent")}
        stands = ImportRow(number=row.number, fields=standing)
        found = await places.resolve(session, [stands], making, outcome)
        known = len(outcome.faults)
        place = found.of(stands, outcome)
        if len(outcome.faults) > known:
            continue
        try:
            await _bring_in(session, row, place, making, outcome)
        except ValidationError as error:
            outcome.refuse_as_unfit(row, error, _NAMES)
        except Problem as problem:
            outcome.refuse_for(row, problem, _NAMES)
    return outcome


async def _bring_in(
    session: TenantSession,
    row: ImportRow,
    place: Place | None,
    making: Making,
    outcome: Outcome,
) -> None:
    own = {name: row.fields[name] for name in row.fields.keys() - {"location", "parent"}}
    where = _where(place)
    matches = await session.rows(
        _MATCH,
        session.workspace_id,
        own.get("external_id"),
        where.get("location_id"),
        own.get("name", ""),
        where.get("parent_id"),
    )
    if len(matches) > 1:
        outcome.refuse(row, "name", "Several containers there are called so; give an external_id.")
    elif matches:
        [state] = (await CONTAINERS.read(session, [matches[0][0]])).values()
        body = ContainerPatch.model_validate(own | where)
        after, _ = edited(state, sent(body))
        if after is not state:
            check_in_use(state)
            await service.update(session, state["id"], body, None, None)
            await session.flush()
        outcome.count(KIND, UNCHANGED if after is state else UPDATED)
    else:
        await service.create(session, ContainerCreate.model_validate(own | where), None)
        await session.flush()
        parts = (*path_of(str(row.fields.get("location", ""))), str(own.get("name", "")))
        making.count(outcome, KIND, folded(parts))


def _where(place: Place | None) -> dict[str, Any]:
    if place is None:
        return {}
    parent = {} if place.container_id is None else {"parent_id": place.container_id}
    return {"location_id": place.location_id, **parent}
