"""The use cases of locations."""

from typing import Any
from uuid import UUID

from chassis import trees
from chassis.aggregate import born, lock
from chassis.database import TenantSession
from chassis.events import changes_of, touch
from chassis.fields import sent
from chassis.outbox import stage
from chassis.problems import Conflict, FieldError, Problem, invalid
from chassis.reach import Reach
from services.inventory.locations import repository
from services.inventory.locations.events import (
    LocationArchived,
    LocationCreated,
    LocationDeleted,
    LocationMoved,
    LocationRestored,
    LocationUpdated,
)
from services.inventory.locations.models import Location
from services.inventory.locations.schemas import LocationCreate, LocationPatch
from services.inventory.reach import RESTRICTED, TREE, check_parent, reaches
from services.inventory.short_codes import registry
from services.inventory.short_codes.kinds import Thing


class NameTaken(Conflict):
    code, title = "name-taken", "A location of this name stands here already"


class NotEmpty(Conflict):
    code, title = "not-empty", "The location still holds locations, containers or stock"


def _name_taken() -> Problem:
    return NameTaken(
        "Choose another name, or another parent.",
        errors=[FieldError("name", "taken among its siblings", "taken")],
    )


def _external_id_taken() -> Problem:
    return Conflict(
        "Another location has this external_id.",
        errors=[FieldError("external_id", "taken in this workspace", "taken")],
    )


CONSTRAINTS = {
    "location_name_among_siblings": _name_taken,
    "location_external_id": _external_id_taken,
}


async def create(session: TenantSession, body: LocationCreate, within: Reach) -> UUID:
    """Add a location; the new one's id."""
    await _check_within(session, body.parent_id, within)
    await trees.place(session, TREE, body.parent_id)
    location = Location(**born(session.workspace_id), **body.model_dump(), is_archived=False)
    location.short_code = await registry.exchange(
        session, Thing.LOCATION, location.id, None, body.short_code
    )
    session.add(location)
    stage(session, LocationCreated.of(location))
    return location.id


async def update(
    session: TenantSession,
    location_id: UUID,
    body: LocationPatch,
    version: int | None,
    within: Reach,
) -> None:
    """Change the fields that were sent; nothing happens when they say what is there already."""
    fields = sent(body)
    if "parent_id" in fields:
        await _prepare_move(session, location_id, fields, within)
    location = await lock(session, Location, location_id, "location", version=version)
    if "short_code" in fields:
        fields["short_code"] = await registry.exchange(
            session, Thing.LOCATION, location_id, location.short_code, fields["short_code"]
        )
    for name, value in fields.items():
        setattr(location, name, value)
    if changes := changes_of(location):
        touch(location)
        happened = LocationMoved if "parent_id" in changes else LocationUpdated
        stage(session, happened.of(location, changes=changes))


async def archive(session: TenantSession, location_id: UUID, version: int | None) -> None:
    """Put a location out of use; one that is so already stays as it is."""
    location = await lock(session, Location, location_id, "location", version=version)
    if not location.is_archived:
        location.is_archived = True
        touch(location)
        stage(session, LocationArchived.of(location))


async def restore(session: TenantSession, location_id: UUID, version: int | None) -> None:
    """Take an archived location into use again."""
    await trees.place(session, TREE, None)
    location = await lock(session, Location, location_id, "location", version=version)
    if location.is_archived:
        await trees.place(session, TREE, location.parent_id, moving=location_id)
        location.is_archived = False
        touch(location)
        stage(session, LocationRestored.of(location))


async def delete(session: TenantSession, location_id: UUID, version: int | None) -> None:
    """Delete an empty location for good; raises `NotEmpty` for any other."""
    await trees.place(session, TREE, None)
    location = await lock(session, Location, location_id, "location", version=version)
    if not await repository.is_empty(session, session.workspace_id, location_id):
        raise NotEmpty("Move what is in it first, archived stock too, or archive the location.")
    if location.short_code is not None:
        await registry.release(session, [location.short_code])
    touch(location)
    stage(session, LocationDeleted.of(location))
    await session.flush()
    await session.delete(location)


async def _prepare_move(
    session: TenantSession, location_id: UUID, fields: dict[str, Any], within: Reach
) -> None:
    """Check where a location is to stand. Who is restricted moves it from and to places within
    reach; the roots of their subtrees, which they see at the top, stay where they are."""
    if within is not None:
        await trees.hold(session, TREE)
        stands_in = await repository.parent_of(session, session.workspace_id, location_id)
        if await reaches(session, session.workspace_id, within, stands_in):
            await _check_within(session, fields["parent_id"], within)
        elif fields["parent_id"] is None:
            del fields["parent_id"]
            return
        else:
            raise invalid(
                "parent_id",
                "Your access begins at this location; ask an admin to move it.",
                RESTRICTED,
            )
    await trees.place(session, TREE, fields["parent_id"], moving=location_id)


async def _check_within(session: TenantSession, parent_id: UUID | None, within: Reach) -> None:
    """Raise `Invalid` for a place in the tree, under `parent_id`, that is not within reach."""
    if within is None:
        return
    if parent_id is None:
        raise invalid(
            "parent_id",
            "You are restricted to certain locations; choose one of them, or one below, as parent.",
            RESTRICTED,
        )
    await trees.hold(session, TREE)  # the parent stays within reach until this is done
    await check_parent(session, TREE, within, parent_id)
