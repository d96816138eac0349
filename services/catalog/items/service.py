"""The use cases of items."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from chassis.aggregate import born
from chassis.database import Source, TenantSession
from chassis.events import changes_of, touch
from chassis.fields import sent
from chassis.outbox import stage
from chassis.problems import Conflict, FieldError, NotFound, Problem, invalid
from chassis.requests import check_version
from services.catalog.attachments import service as attachments
from services.catalog.custom_fields.rules import check_size, rules_of
from services.catalog.items import repository
from services.catalog.items.events import (
    ItemArchived,
    ItemCreated,
    ItemDeleted,
    ItemRestored,
    ItemUpdated,
)
from services.catalog.items.models import Item
from services.catalog.items.schemas import ItemClone, ItemCreate, ItemPatch

_SKU_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: nothing to mistake
_SKU_LENGTH = 10


class InStock(Conflict):
    code, title = "in-stock", "There is stock of this item"


def _taken(field: str, advice: str) -> Problem:
    return Conflict(advice, errors=[FieldError(field, "taken in this workspace", "taken")])


def in_stock() -> InStock:
    return InStock("Archive the item instead, or archive its inventory entries first.")


CONSTRAINTS: Mapping[str, Callable[[], Problem]] = {
    "item_sku": lambda: _taken("sku", "Another item has this sku; leave it out to get a new one."),
    "item_external_id": lambda: _taken("external_id", "Another item has this external_id."),
    "item_barcode": lambda: _taken("barcode", "Another item in use has this barcode."),
    "item_category": lambda: invalid("category_id", "There is no such category here.", "not-found"),
    "item_purchased_from": lambda: invalid(
        "purchased_from", "There is no such company here.", "not-found"
    ),
}


class Created(NamedTuple):
    """A new item: its id, and what it is shown as (version, json)."""

    id: UUID
    rows: Sequence[Any]


async def create(session: TenantSession, body: ItemCreate, *, last: bool = False) -> Created:
    """Add an item; `last`: the transaction ends with it."""
    await _check_category(session, body.category_id)
    await _check_labels(session, body.labels)
    await _check_company(session, body.purchased_from)
    check_size(body.attributes, "attributes")
    fields = body.model_dump()
    fields["sku"] = body.sku or new_sku()
    item = Item(**born(session.workspace_id), **fields, image=None, is_archived=False)
    stage(session, ItemCreated.of(item))
    rows = await repository.insert(session, item, is_checked=False, last=last)
    if not rows:
        rules = await rules_of(session, [item.category_id])
        rules.check(item.attributes, item.category_id)
        rows = await repository.insert(session, item, is_checked=True, last=last)
    return Created(item.id, rows)


async def clone(session: TenantSession, item_id: UUID, body: ItemClone) -> Created:
    """Add another item like this one. What is this very thing's own is not copied: sku,
    external_id, serial number, barcode and image."""
    item, _ = await lock(session, item_id, None)
    fields = {name: getattr(item, name) for name in ItemCreate.model_fields}
    fields |= dict.fromkeys(("external_id", "serial_number", "barcode"))
    fields |= {"name": body.name or item.name, "sku": body.sku}
    return await create(session, ItemCreate.model_construct(**fields))


async def update(
    session: TenantSession, item_id: UUID, body: ItemPatch, version: int | None
) -> None:
    """Change the fields that were sent; nothing happens when they say what is there already."""
    item, is_ruled = await lock(session, item_id, version)
    before = item.attributes
    fields: dict[str, Any] = sent(body)
    if fields.get("category_id") != item.category_id:
        await _check_category(session, fields.get("category_id"))
    await _check_labels(
        session, [one for one in fields.get("labels", ()) if one not in item.labels]
    )
    if fields.get("purchased_from") != item.purchased_from:
        await _check_company(session, fields.get("purchased_from"))
    for name, value in fields.items():
        setattr(item, name, value)
    if changes := changes_of(item):
        touch(item)
        if "attributes" in changes:
            check_size(item.attributes, "attributes")
        if is_ruled and not changes.keys().isdisjoint(("attributes", "category_id")):
            rules = await rules_of(session, [item.category_id])
            rules.check(item.attributes, item.category_id, before)
        stage(session, ItemUpdated.of(item, changes=changes))


async def archive(session: TenantSession, item_id: UUID, version: int | None) -> None:
    """Put an item out of use; one that is so already stays as it is."""
    item, _ = await lock(session, item_id, version)
    if not item.is_archived:
        item.is_archived = True
        touch(item)
        stage(session, ItemArchived.of(item))


async def restore(session: TenantSession, item_id: UUID, version: int | None) -> None:
    """Take an archived item into use again."""
    item, _ = await lock(session, item_id, version)
    if item.is_archived:
        item.is_archived = False
        touch(item)
        stage(session, ItemRestored.of(item))


async def delete(session: TenantSession, item_id: UUID, version: int | None) -> None:
    """Delete an item for good; raises `InStock` while there is stock of it."""
    item, _ = await lock(session, item_id, version)
    if await repository.has_stock(session, session.workspace_id, item_id):
        raise in_stock()
    await attachments.delete_all(session, item_id)
    touch(item)
    stage(session, ItemDeleted.of(item))
    await session.flush()
    await session.delete(item)


async def lock(session: TenantSession, item_id: UUID, version: int | None) -> tuple[Item, bool]:
    """The item, locked until this transaction ends, and whether the workspace has rules for
    attributes. Raises `NotFound`, which tells what a merged one went into, and
    `PreconditionFailed` when `version` is not the current one."""
    found = await repository.lock(session, item_id)
    if found is None:
        raise await missing(session, session.workspace_id, item_id)
    check_version(found[0].version, version)
    return found


async def missing(source: Source, workspace_id: UUID, item_id: UUID) -> NotFound:
    """The problem of an item that is not there; of one that was merged it says into which."""
    return gone(await repository.merged_into(source, workspace_id, item_id))


def gone(into_id: UUID | None) -> NotFound:
    """As `missing`, of an item of which that is known."""
    if into_id is None:
        return NotFound("There is no such item in this workspace.")
    return NotFound(
        f"This item was merged into {into_id}; ask for that one.", merged_into=str(into_id)
    )


def check_category(in_use: bool | None) -> None:
    """Raise `Invalid` for a category that is archived, or, as None, not there."""
    if in_use is None:
        raise invalid("category_id", "There is no such category here.", "not-found")
    if not in_use:
        raise invalid("category_id", "This category is archived; restore it first.", "archived")


def check_labels(labels: Sequence[UUID], in_use: Mapping[UUID, bool]) -> None:
    """Raise `Invalid` for the first of `labels` that is archived, or not among those there are."""
    for at, label_id in enumerate(labels):
        if label_id not in in_use:
            raise invalid(f"labels.{at}", f"There is no label {label_id} here.", "not-found")
        if not in_use[label_id]:
            raise invalid(
                f"labels.{at}", f"The label {label_id} is archived; restore it first.", "archived"
            )


def check_company(in_use: bool | None) -> None:
    """Raise `Invalid` for a company that is archived, or, as None, not there."""
    if in_use is None:
        raise invalid("purchased_from", "There is no such company here.", "not-found")
    if not in_use:
        raise invalid("purchased_from", "This company is archived; restore it first.", "archived")


async def _check_category(session: TenantSession, category_id: UUID | None) -> None:
    if category_id is None:
        return
    check_category(await repository.category_in_use(session, session.workspace_id, category_id))


async def _check_labels(session: TenantSession, labels: Sequence[UUID]) -> None:
    if not labels:
        return
    check_labels(labels, await repository.labels_in_use(session, session.workspace_id, labels))


async def _check_company(session: TenantSession, company_id: UUID | None) -> None:
    if company_id is None:
        return
    check_company(await repository.company_in_use(session, session.workspace_id, company_id))


def new_sku() -> str:
    """One that nobody else will come upon."""
    bits = secrets.randbits(5 * _SKU_LENGTH)
    return "WH-" + "".join(_SKU_ALPHABET[bits >> 5 * n & 31] for n in range(_SKU_LENGTH))
