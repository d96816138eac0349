"""Merging duplicates: one item goes on for others that are the same thing.

All in one transaction: what the item lacks is taken from the duplicates, these are gone, and what
catalog has about them is about the item. The other services follow by `ItemMerged`, each in its own
time and whatever they hear first.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.database import TenantSession
from chassis.events import changes_of, touch
from chassis.outbox import stage
from chassis.problems import Conflict, Problem, invalid
from chassis.requests import check_version
from services.catalog.attachments import service as attachments
from services.catalog.custom_fields.rules import Rules, check_size, rules_of
from services.catalog.favorites import repository as favorites
from services.catalog.items import repository
from services.catalog.items.events import ItemMerged, ItemUpdated
from services.catalog.items.models import Item
from services.catalog.items.schemas import MAX_ATTRIBUTES, MAX_LABELS, ItemMerge
from services.catalog.items.service import missing
from services.catalog.wishlist import service as wishes

# What an item lacks while it is null.
_LACKED = (
    *("external_id", "description", "category_id", "brand", "model", "manufacturer"),
    *("serial_number", "barcode", "purchased_from", "warranty_details"),
)


class Archived(Conflict):
    code, title = "archived", "This item is archived"


class MergedElsewhere(Conflict):
    code, title = "merged-elsewhere", "One of these was merged into another item already"


async def merge(
    session: TenantSession, item_id: UUID, body: ItemMerge, version: int | None
) -> None:
    """Let the item go on for its duplicates. Those that were merged into it before change nothing;
    raises `MergedElsewhere` for one that went into another, `Archived` when the item itself is."""
    if item_id in body.duplicates:
        at = body.duplicates.index(item_id)
        raise invalid(f"duplicates.{at}", "An item is no duplicate of itself; leave it out.")
    there = await repository.lock_all(session, [item_id, *body.duplicates])
    if item_id not in there:
        raise await missing(session, session.workspace_id, item_id)
    item = there[item_id]
    check_version(item.version, version)
    for at, id_ in enumerate(body.duplicates):
        if id_ not in there:
            await _check_merged(session, id_, item_id, f"duplicates.{at}")
    duplicates = [there[id_] for id_ in body.duplicates if id_ in there]
    if not duplicates:
        return
    if item.is_archived:
        raise Archived("Restore it first, or merge it into one that is in use.")
    rules = await rules_of(session, {one.category_id for one in (item, *duplicates)})
    taken = _taken(item, duplicates, rules)
    shown_by = item.image
    await _bring_along(session, duplicates, item)
    for one in duplicates:
        touch(one)
        stage(session, ItemMerged.of(one, into_id=item_id))
        await session.delete(one)
    await session.flush()  # what is unique is free now
    _take_on(session, item, taken, shown_by)


def _take_on(
    session: TenantSession, item: Item, taken: Mapping[str, Any], shown_by: UUID | None
) -> None:
    """Let the item have what it takes, and tell of it; before, the attachment `shown_by` showed
    it."""
    for name, value in taken.items():
        setattr(item, name, value)
    changes = changes_of(item)
    if item.image != shown_by:  # written already, together with the attachments
        changes["image"] = (shown_by and str(shown_by), str(item.image))
    if changes:
        touch(item)
        stage(session, ItemUpdated.of(item, changes=changes))


async def _bring_along(session: TenantSession, duplicates: Sequence[Item], item: Item) -> None:
    """Hang on the item what hangs on its duplicates, before they are gone: each domain of catalog
    that refers to items follows here."""
    duplicate_ids, item_id = [one.id for one in duplicates], item.id
    for one in duplicates:
        await attachments.move_to(session, one, item)
    await repository.record_merges(session, duplicate_ids, item_id)
    await favorites.follow(session, duplicate_ids, item_id)
    await wishes.follow(session, duplicate_ids, item_id)


async def _check_merged(session: TenantSession, id_: UUID, item_id: UUID, field: str) -> None:
    into_id = await repository.merged_into(session, session.workspace_id, id_)
    if into_id is None:
        raise invalid(field, f"There is no item {id_} here.", "not-found")
    if into_id != item_id:
        raise MergedElsewhere(
            f"{id_} was merged into {into_id}; merge that one.", merged_into=str(into_id)
        )


def _taken(item: Item, duplicates: Sequence[Item], rules: Rules) -> Mapping[str, Any]:
    """What the item takes from its duplicates, field by field; the first that has it gives it."""
    taken: dict[str, Any] = {}
    for name in _LACKED:
        if getattr(item, name) is None:
            # An archived one's barcode may be another item's by now.
            having = (one for one in duplicates if name != "barcode" or not one.is_archived)
            taken[name] = next((v for one in having if (v := getattr(one, name)) is not None), None)
    taken["is_insured"] = any(one.is_insured for one in (item, *duplicates))
    taken["min_stock_level"] = item.min_stock_level or max(o.min_stock_level for o in duplicates)
    labels = dict.fromkeys(label for one in (item, *duplicates) for label in one.labels)
    taken["labels"] = _checked(list(labels), MAX_LABELS, "labels")
    category_id = taken.get("category_id", item.category_id)
    attributes = dict(item.attributes)
    for one in duplicates:
        for name, value in one.attributes.items():
            if attributes.get(name) is None and rules.fits(name, value, category_id):
                attributes[name] = value
    taken["attributes"] = _checked(attributes, MAX_ATTRIBUTES, "attributes")
    if attributes != item.attributes:
        check_size(attributes, "duplicates")
    return taken


def _checked(values: Any, most: int, what: str) -> Any:  # noqa: ANN401 - a list or a dict
    if len(values) > most:
        raise _too_many(len(values), most, what)
    return values


def _too_many(there: int, most: int, what: str) -> Problem:
    return invalid(
        "duplicates",
        f"Together these have {there} {what}, and an item has {most} at most; take some off first.",
        "too-many",
    )
