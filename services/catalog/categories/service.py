"""The use cases of categories."""

from uuid import UUID

from chassis import trees
from chassis.aggregate import born, lock
from chassis.database import TenantSession
from chassis.events import changes_of, touch
from chassis.fields import sent
from chassis.outbox import stage
from chassis.problems import Conflict, FieldError, Problem
from services.catalog.categories import repository
from services.catalog.categories.events import (
    CategoryArchived,
    CategoryCreated,
    CategoryDeleted,
    CategoryRestored,
    CategoryUpdated,
)
from services.catalog.categories.models import Category
from services.catalog.categories.schemas import CategoryCreate, CategoryPatch

TREE = "categories"


class NameTaken(Conflict):
    code, title = "name-taken", "A category of this name stands here already"


class NotEmpty(Conflict):
    code, title = "not-empty", "The category still holds categories or items"


def _name_taken() -> Problem:
    return NameTaken(
        "Choose another name, or another parent.",
        errors=[FieldError("name", "taken among its siblings", "taken")],
    )


def _external_id_taken() -> Problem:
    return Conflict(
        "Another category has this external_id.",
        errors=[FieldError("external_id", "taken in this workspace", "taken")],
    )


CONSTRAINTS = {
    "category_name_among_siblings": _name_taken,
    "category_external_id": _external_id_taken,
}


async def create(session: TenantSession, body: CategoryCreate) -> UUID:
    """Add a category; the new one's id."""
    await trees.place(session, TREE, body.parent_id)
    category = Category(**born(session.workspace_id), **body.model_dump(), is_archived=False)
    session.add(category)
    stage(session, CategoryCreated.of(category))
    return category.id


async def update(
    session: TenantSession, category_id: UUID, body: CategoryPatch, version: int | None
) -> None:
    """Change the fields that were sent; nothing happens when they say what is there already."""
    fields = sent(body)
    if "parent_id" in fields:
        await trees.place(session, TREE, body.parent_id, moving=category_id)
    category = await lock(session, Category, category_id, "category", version=version)
    for name, value in fields.items():
        setattr(category, name, value)
    if changes := changes_of(category):
        touch(category)
        stage(session, CategoryUpdated.of(category, changes=changes))


async def archive(session: TenantSession, category_id: UUID, version: int | None) -> None:
    """Put a category out of use; one that is so already stays as it is."""
    category = await lock(session, Category, category_id, "category", version=version)
    if not category.is_archived:
        category.is_archived = True
        touch(category)
        stage(session, CategoryArchived.of(category))


async def restore(session: TenantSession, category_id: UUID, version: int | None) -> None:
    """Take an archived category into use again."""
    await trees.hold(session, TREE)
    category = await lock(session, Category, category_id, "category", version=version)
    if category.is_archived:
        await trees.place(session, TREE, category.parent_id, moving=category_id)
        category.is_archived = False
        touch(category)
        stage(session, CategoryRestored.of(category))


async def delete(session: TenantSession, category_id: UUID, version: int | None) -> None:
    """Delete an empty category for good; raises `NotEmpty` for any other."""
    await trees.hold(session, TREE)
    category = await lock(session, Category, category_id, "category", version=version)
    if not await repository.is_empty(session, session.workspace_id, category_id):
        raise NotEmpty("Move or delete what is in it first, or archive the category instead.")
    touch(category)
    stage(session, CategoryDeleted.of(category))
    await session.flush()
    await session.delete(category)
