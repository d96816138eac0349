"""The use cases of locations."""

from uuid import UUID

from chassis import trees
from chassis.aggregate import born, lock
from chassis.database import TenantSession
from chassis.events import changes_of, touch
from chassis.fields import sent
from chassis.outbox import stage
from chassis.problems import Conflict, FieldError, Problem
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

TREE = "locations"


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


async def create(session: TenantSession, body: LocationCreate) -> UUID:
    """Add a location; the new one's id."""
    await trees.place(session, TREE, body.parent_id)
    location = Location(**born(session.workspace_id), **body.model_dump(), is_archived=False)
    session.add(location)
    stage(session, LocationCreated.of(location))
    return location.id


async def update(
    session: TenantSession, location_id: UUID, body: LocationPatch, version: int | None
) -> None:
    """Change the fields that were sent; nothing happens when they say what is there already."""
    fields = sent(body)
    if "parent_id" in fields:
        await trees.place(session, TREE, body.parent_id, moving=location_id)
    location = await lock(session, Location, location_id, "location", version=version)
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
    touch(location)
    stage(session, LocationDeleted.of(location))
    await session.flush()
    await session.delete(location)
