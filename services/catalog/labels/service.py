"""The use cases of labels."""

from uuid import UUID

from chassis.aggregate import born, lock
from chassis.database import TenantSession
from chassis.events import changes_of, touch
from chassis.fields import sent
from chassis.outbox import stage
from chassis.problems import Conflict, FieldError, Problem
from services.catalog.items.events import ItemUpdated
from services.catalog.labels import repository
from services.catalog.labels.events import (
    LabelArchived,
    LabelCreated,
    LabelDeleted,
    LabelRestored,
    LabelUpdated,
)
from services.catalog.labels.models import Label
from services.catalog.labels.schemas import LabelCreate, LabelPatch

MOST_AT_ONCE = 1000  # items that a label is taken off in one request


class NameTaken(Conflict):
    code, title = "name-taken", "There is a label of this name"


class InUse(Conflict):
    code, title = "in-use", "Items carry this label"


def _name_taken() -> Problem:
    return NameTaken(
        "Choose another name, or restore the label if it is archived.",
        errors=[FieldError("name", "taken in this workspace", "taken")],
    )


def _external_id_taken() -> Problem:
    return Conflict(
        "Another label has this external_id.",
        errors=[FieldError("external_id", "taken in this workspace", "taken")],
    )


CONSTRAINTS = {"label_name": _name_taken, "label_external_id": _external_id_taken}


async def create(session: TenantSession, body: LabelCreate) -> UUID:
    """Add a label; the new one's id."""
    label = Label(**born(session.workspace_id), **body.model_dump(), is_archived=False)
    session.add(label)
    stage(session, LabelCreated.of(label))
    return label.id


async def update(
    session: TenantSession, label_id: UUID, body: LabelPatch, version: int | None
) -> None:
    """Change the fields that were sent; nothing happens when they say what is there already."""
    label = await lock(session, Label, label_id, "label", version=version)
    for name, value in sent(body).items():
        setattr(label, name, value)
    if changes := changes_of(label):
        touch(label)
        stage(session, LabelUpdated.of(label, changes=changes))


async def archive(session: TenantSession, label_id: UUID, version: int | None) -> None:
    """Put a label out of use: items keep it, and no other takes it on."""
    label = await lock(session, Label, label_id, "label", version=version)
    if not label.is_archived:
        label.is_archived = True
        touch(label)
        stage(session, LabelArchived.of(label))


async def restore(session: TenantSession, label_id: UUID, version: int | None) -> None:
    """Take an archived label into use again."""
    label = await lock(session, Label, label_id, "label", version=version)
    if label.is_archived:
        label.is_archived = False
        touch(label)
        stage(session, LabelRestored.of(label))


async def delete(
    session: TenantSession, label_id: UUID, version: int | None, *, detach: bool
) -> None:
    """Delete a label for good; raises `InUse` while items carry it, unless it is to be taken off
    them first, up to `MOST_AT_ONCE` of them."""
    label = await lock(session, Label, label_id, "label", version=version)
    labelled = await repository.lock_labelled(
        session, label_id, at_most=MOST_AT_ONCE if detach else 0
    )
    if labelled is None:
        raise InUse(
            f"More than {MOST_AT_ONCE} items carry it; archive it instead, or take it off some."
            if detach
            else "Send `detach=true` to take it off them as well, or archive it instead."
        )
    for item in labelled:
        item.labels = [one for one in item.labels if one != label_id]
        changes = changes_of(item)
        touch(item)
        stage(session, ItemUpdated.of(item, changes=changes))
    touch(label)
    stage(session, LabelDeleted.of(label))
    await session.flush()
    await session.delete(label)
