"""The use cases of containers."""

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
from services.inventory import places
from services.inventory.containers import repository
from services.inventory.containers.events import (
    ContainerArchived,
    ContainerCreated,
    ContainerDeleted,
    ContainerMoved,
    ContainerRestored,
    ContainerUpdated,
)
from services.inventory.containers.models import Container
from services.inventory.containers.schemas import ContainerCreate, ContainerPatch
from services.inventory.reach import check_parent
from services.inventory.short_codes import registry
from services.inventory.short_codes.kinds import Thing
from services.inventory.stock import moving

TREE = "containers"


class NotEmpty(Conflict):
    code, title = "not-empty", "The container still holds containers or stock"


def _external_id_taken() -> Problem:
    return Conflict(
        "Another container has this external_id.",
        errors=[FieldError("external_id", "taken in this workspace", "taken")],
    )


CONSTRAINTS = {"container_external_id": _external_id_taken}


async def create(session: TenantSession, body: ContainerCreate, within: Reach) -> UUID:
    """Add a container; the new one's id."""
    await check_parent(session, TREE, within, body.parent_id)
    await trees.place(session, TREE, body.parent_id)
    await places.check(session, body.location_id, within=within)
    await _check_parent(session, body.parent_id, body.location_id)
    container = Container(**born(session.workspace_id), **body.model_dump(), is_archived=False)
    container.short_code = await registry.exchange(
        session, Thing.CONTAINER, container.id, None, body.short_code
    )
    session.add(container)
    stage(session, ContainerCreated.of(container))
    return container.id


async def update(
    session: TenantSession,
    container_id: UUID,
    body: ContainerPatch,
    version: int | None,
    within: Reach,
) -> None:
    """Change the fields that were sent; in another location, all that is in it moves along."""
    fields: dict[str, Any] = sent(body)
    if {"location_id", "parent_id"} & fields.keys():
        await check_parent(session, TREE, within, fields.get("parent_id"))
        await _prepare_move(session, container_id, fields, within)
    container = await lock(session, Container, container_id, "container", version=version)
    relocated = fields.get("location_id", container.location_id) != container.location_id
    if "short_code" in fields:
        fields["short_code"] = await registry.exchange(
            session, Thing.CONTAINER, container_id, container.short_code, fields["short_code"]
        )
    for name, value in fields.items():
        setattr(container, name, value)
    if changes := changes_of(container):
        touch(container)
        moved = {"location_id", "parent_id"} & changes.keys()
        happened = ContainerMoved if moved else ContainerUpdated
        stage(session, happened.of(container, changes=changes))
    if relocated:
        await _take_along(session, container)


async def archive(session: TenantSession, container_id: UUID, version: int | None) -> None:
    """Put a container out of use; one that is so already stays as it is."""
    container = await lock(session, Container, container_id, "container", version=version)
    if not container.is_archived:
        container.is_archived = True
        touch(container)
        stage(session, ContainerArchived.of(container))


async def restore(session: TenantSession, container_id: UUID, version: int | None) -> None:
    """Take an archived container into use again, where it stands."""
    await trees.place(session, TREE, None)
    location_id = await repository.location_of(
        session, session.workspace_id, container_id, archived=True
    )
    if location_id is not None:
        await places.check_for_return(session, location_id)
    container = await lock(session, Container, container_id, "container", version=version)
    if container.is_archived:
        await trees.place(session, TREE, container.parent_id, moving=container_id)
        container.is_archived = False
        touch(container)
        stage(session, ContainerRestored.of(container))


async def delete(session: TenantSession, container_id: UUID, version: int | None) -> None:
    """Delete an empty container for good; raises `NotEmpty` for any other."""
    await trees.place(session, TREE, None)
    container = await lock(session, Container, container_id, "container", version=version)
    if not await repository.is_empty(session, session.workspace_id, container_id):
        raise NotEmpty("Move what is in it first, archived stock too, or archive the container.")
    if container.short_code is not None:
        await registry.release(session, [container.short_code])
    touch(container)
    stage(session, ContainerDeleted.of(container))
    await session.flush()
    await session.delete(container)


async def _prepare_move(
    session: TenantSession, container_id: UUID, fields: dict[str, Any], within: Reach
) -> None:
    """Check where a container is to stand, and complete `fields` where they leave that open.

    Holds the tree, so that neither the container nor its new parent goes elsewhere meanwhile.
    """
    await trees.place(session, TREE, fields.get("parent_id"), moving=container_id)
    stands_at = await repository.location_of(session, session.workspace_id, container_id)
    if stands_at is None:
        return
    location_id = fields.get("location_id", stands_at)
    if location_id != stands_at:
        await places.check(session, location_id, within=within)
        fields.setdefault("parent_id", None)
    await _check_parent(session, fields.get("parent_id"), location_id)


async def _check_parent(session: TenantSession, parent_id: UUID | None, location_id: UUID) -> None:
    if parent_id is None:
        return
    if await repository.location_of(session, session.workspace_id, parent_id) != location_id:
        raise invalid("parent_id", "This container stands in another location.", "elsewhere")


async def _take_along(session: TenantSession, container: Container) -> None:
    """Move what is in a relocated container to where it stands now."""
    within = await repository.lock_within(session, container.id)
    for inner in within:
        inner.location_id = container.location_id
        changes = changes_of(inner)
        touch(inner)
        stage(session, ContainerMoved.of(inner, changes=changes))
    await moving.relocate(
        session,
        [container.id, *(inner.id for inner in within)],
        container.location_id,
        reason=f"moved with the container {container.name}",
    )
