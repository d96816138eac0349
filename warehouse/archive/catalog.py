"""Catalog's part of a restore: what there is, as it is called and sorted."""

from collections.abc import Iterable
from functools import partial
from itertools import groupby
from typing import Any

from warehouse.archive.api import at_once
from warehouse.archive.making import BATCHES, Maker, MissingError, in_batches
from warehouse.archive.staging import Record
from warehouse.importing.client import RefusedError

NODE = ("name", "description", "external_id")
LABEL = ("name", "color", "description", "external_id")
COMPANY = ("name", "website", "notes", "external_id")
ITEM = (
    *("name", "sku", "external_id", "description", "brand", "model", "manufacturer"),
    *("serial_number", "barcode", "is_insured", "warranty_details", "lifetime_warranty"),
    *("min_stock_level", "needs_review", "attributes"),
)
FIELD = (
    *("name", "value_type", "label", "description", "unit", "options", "is_required", "position"),
)
WISH = ("name", "url", "price_estimate", "currency", "priority", "notes", "external_id")
_SAID_OF_FILES = ("kind", "title", "caption", "position")


async def restore(maker: Maker) -> None:
    """Everything of catalog, all of it in use; raises `OperatorError` when nothing goes on."""
    await make_tree(maker, "categories", partial(_plain, maker, "categories", "categories", NODE))
    await _make(maker, "labels", partial(_plain, maker, "labels", "labels", LABEL))
    await _make(maker, "companies", partial(_plain, maker, "companies", "companies", COMPANY))
    await _items(maker)
    # After the items: a definition changes none, and not all items need fit what was defined later.
    await _make(
        maker, "custom_fields", partial(_plain, maker, "custom_fields", "custom-fields", FIELD)
    )
    if maker.reader.manifest.only_defined:
        await maker.client.call("PUT", maker.path("custom-field-policy"), {"only_defined": True})
    await _attach(maker)
    await _make(maker, "wishes", partial(_wish, maker))
    await _favor(maker)


async def make_tree(maker: Maker, kind: str, make: Any) -> None:  # noqa: ANN401 - see _make
    """Make a tree from its roots on."""
    maker.begin(kind)
    for level in maker.staging.levels(kind):
        await at_once(maker.jobs, level, make)


async def _make(maker: Maker, kind: str, make: Any) -> None:  # noqa: ANN401 - of a record
    maker.begin(kind)
    await at_once(maker.jobs, maker.staging.all(kind), make)


async def _plain(
    maker: Maker, kind: str, resource: str, fields: tuple[str, ...], record: Record
) -> None:
    async with maker.one(kind, record):
        await maker.make(kind, record, resource, maker.body(kind, record, fields))


async def _items(maker: Maker) -> None:
    maker.begin("items")
    batches = in_batches(maker.staging.all("items"))
    await at_once(min(maker.jobs, BATCHES), batches, partial(_batch, maker))


async def _batch(maker: Maker, items: list[Record]) -> None:
    """Make items with one request; each that is refused is told by its own place."""
    sent: list[tuple[Record, dict[str, Any]]] = []
    for item in items:
        try:
            sent.append((item, item_body(maker, item)))
        except MissingError as missing:
            maker.give_up("items", item["id"], str(missing))
    operations = [{"op": "create", "body": body} for _, body in sent]
    key = maker.key("items", items[0]["id"], "batch")
    results = await maker.batch("items", operations, key)
    for (item, _), result in zip(sent, results, strict=True):
        if result["problem"]:
            refused = RefusedError(result["status"], result["problem"])
            maker.give_up("items", item["id"], maker.reason(refused))
        else:
            maker.staging.note_id(item["id"], result["id"])
            maker.report.made["items"] += 1
    maker.progress.advance(len(items))


def item_body(maker: Maker, item: Record) -> dict[str, Any]:
    """The body that makes an item."""
    labels = [maker.new_id(label["id"]) for label in item["labels"]]
    body = maker.body("items", item, ITEM, labels=labels)
    if item["is_archived"]:
        body.pop("barcode", None)  # it may be another's by now: set once the item is put away
    return body


async def _attach(maker: Maker) -> None:
    kind = "attachments"
    if not maker.reader.carries_files:
        for item in maker.staging.all("items"):
            if item.get("image") is not None:
                maker.tell("pictures of items: a workbook holds none", "items", item["id"], "image")
        return
    maker.begin(kind)
    by_item = groupby(maker.staging.attachments(), key=lambda one: one["item_id"])
    lists = (list(attachments) for _, attachments in by_item)
    await at_once(min(maker.jobs, 4), lists, partial(_attach_to_item, maker))


async def _attach_to_item(maker: Maker, attachments: list[Record]) -> None:
    """One after another, in their order; then what each upload could not say by itself."""
    made: list[tuple[Record, str]] = []
    for attachment in attachments:
        async with maker.one("attachments", attachment):
            made.append((attachment, await _upload(maker, attachment)))
    for attachment, new in made:
        async with maker.one("attachments", attachment):
            await _mend(maker, attachment, new, _SAID_OF_FILES)
    # The first picture shows its item unless told otherwise: none does, then the one that did.
    for attachment, new in sorted(made, key=lambda each: bool(each[0]["is_primary"])):
        async with maker.one("attachments", attachment):
            await _mend(maker, attachment, new, ("is_primary",))


async def _mend(maker: Maker, attachment: Record, new: str, names: Iterable[str]) -> None:
    now = await maker.read(f"attachments/{new}")
    fields = {name: attachment[name] for name in names if now[name] != attachment[name]}
    if fields:
        await maker.change(f"attachments/{new}", fields)


async def _upload(maker: Maker, attachment: Record) -> str:
    old = attachment["id"]
    item_id = maker.new_id(attachment["item_id"])
    query = {name: attachment[name] for name in ("kind", "title", "file_name")}
    answer = await maker.client.send_file(
        maker.path(f"items/{item_id}/attachments"),
        partial(maker.reader.open_file, old),
        query,
        maker.key("attachments", old),
    )
    new = str(answer.body["id"])
    maker.staging.note_id(old, new)
    maker.report.made["attachments"] += 1
    return new


async def _wish(maker: Maker, wish: Record) -> None:
    async with maker.one("wishes", wish):
        body = maker.body("wishes", wish, WISH)
        item_id = body.pop("item_id", None)
        made = await maker.make("wishes", wish, "wishlist", body)
        path = f"wishlist/{made['id']}"
        if wish["status"] == "ordered":
            await maker.act("wishes", wish["id"], f"{path}/order")
        elif wish["status"] == "acquired" and item_id is not None:
            await maker.act("wishes", wish["id"], f"{path}/acquire", {"item_id": item_id})
        elif wish["status"] == "acquired":
            await _acquire_what_is_gone(maker, wish, path)


async def _acquire_what_is_gone(maker: Maker, wish: Record, path: str) -> None:
    """A wish became an item that was deleted since."""
    acquired = await maker.act("wishes", wish["id"], f"{path}/acquire", {})
    item_id = acquired.body["item_id"]
    try:
        await maker.client.call("DELETE", maker.path(f"items/{item_id}"))
    except RefusedError as refused:
        if refused.status != 404:
            raise


async def _favor(maker: Maker) -> None:
    """One after another: they are listed by when they became favorites."""
    maker.begin("favorites")
    for favorite in sorted(
        maker.staging.all("favorites"), key=lambda favorite: str(favorite["favorited_at"])
    ):
        async with maker.one("favorites", favorite):
            item_id = maker.new_id(favorite["item_id"])
            await maker.client.call("PUT", maker.path(f"favorites/{item_id}"))
            maker.report.made["favorites"] += 1
