"""Inventory's part of a restore: places, and what stands there."""

from functools import partial
from typing import Any

from warehouse.archive.api import at_once
from warehouse.archive.catalog import NODE, make_tree
from warehouse.archive.making import BATCHES, Maker, MissingError, in_batches
from warehouse.archive.staging import Record
from warehouse.importing.client import RefusedError

MAX_QUANTITY = 2**31 - 1
CONTAINER = (*NODE, "capacity")
ENTRY = (
    *("quantity", "condition", "status", "serial_number", "lot", "date_acquired", "purchase_price"),
    *("currency", "warranty_expires", "expiration_date", "notes", "external_id"),
)
_TAKEN = "short codes that are on something else in this installation, so left out"
_SETTLED = ("condition", "status", "last_used_at")


async def restore(maker: Maker) -> None:
    """Places and entries, all in use; entries that units were lent or repaired of have as many as
    that takes, and are settled later."""
    await make_tree(maker, "locations", partial(_place, maker, "locations", NODE))
    await make_tree(maker, "containers", partial(_place, maker, "containers", CONTAINER))
    maker.begin("entries")
    batches = in_batches(maker.staging.all("entries"))
    await at_once(min(maker.jobs, BATCHES), batches, partial(_entries, maker))
    maker.begin("short_codes")
    await at_once(
        maker.jobs,
        maker.staging.all("short_codes", "json_extract(body, '$.kind') = 'item'"),
        partial(_item_code, maker),
    )
    await _unused_codes(maker)


async def settle(maker: Maker, old: str) -> None:
    """Bring an entry, all of whose holds are there, to what the archive has."""
    wanted, new = maker.staging.get("entries", old), maker.staging.new_id(old)
    if wanted is not None and new is not None:
        async with maker.one("entries", wanted):
            await _settle(maker, wanted, await maker.read(f"inventory/{new}"))


async def _settle(maker: Maker, wanted: Record, now: Record) -> None:
    path = f"inventory/{now['id']}"
    if delta := wanted["quantity"] - now["quantity"]:
        body = {"delta": delta, "reason": "Restored"}
        await maker.act("entries", wanted["id"], f"{path}/adjust", body)
    fields = {name: wanted[name] for name in _SETTLED if now[name] != wanted[name]}
    if fields:
        await maker.change(path, fields)


async def _place(maker: Maker, kind: str, fields: tuple[str, ...], record: Record) -> None:
    async with maker.one(kind, record):
        await _make_coded(maker, kind, record, kind, maker.body(kind, record, fields))


async def _entries(maker: Maker, entries: list[Record]) -> None:
    """Make entries with one request, and those whose code is taken with another one, without it."""
    first = entries[0]["id"]
    sent: list[tuple[Record, Record]] = []
    for entry in entries:
        try:
            sent.append((entry, _entry(maker, entry)))
        except MissingError as missing:
            maker.give_up("entries", entry["id"], str(missing))
    uncoded = await _make_all(maker, sent, "batch")
    for entry, body in uncoded:
        _tell_taken(maker, body.pop("short_code"), "entries", entry["id"])
    await _make_all(maker, uncoded, "batch-without-codes")
    used = [
        (entry, new)
        for entry, _ in sent
        if entry["last_used_at"] is not None
        and not maker.staging.holds_of(entry["id"])
        and (new := maker.staging.new_id(entry["id"]))
    ]
    operations = [
        {"op": "update", "id": new, "body": {"last_used_at": entry["last_used_at"]}}
        for entry, new in used
    ]
    results = await maker.batch("inventory", operations, maker.key("entries", first, "used"))
    for (entry, _), result in zip(used, results, strict=True):
        if result["problem"]:
            _refuse(maker, entry, result)
    maker.progress.advance(len(entries))


def _entry(maker: Maker, entry: Record) -> Record:
    """The body that makes an entry."""
    body = maker.body("entries", entry, (*ENTRY, "short_code"), merged_into=None)
    del body["merged_into"]
    if holds := maker.staging.holds_of(entry["id"]):
        body |= {"quantity": _needed(entry, holds), "status": "AVAILABLE"}
    return body


async def _make_all(
    maker: Maker, sent: list[tuple[Record, Record]], step: str
) -> list[tuple[Record, Record]]:
    """Make entries; those that were refused for their code."""
    if not sent:
        return []
    operations = [{"op": "create", "body": body} for _, body in sent]
    key = maker.key("entries", sent[0][0]["id"], step)
    results = await maker.batch("inventory", operations, key)
    uncoded = []
    for (entry, body), result in zip(sent, results, strict=True):
        if not result["problem"]:
            maker.staging.note_id(entry["id"], result["id"])
            maker.report.made["entries"] += 1
            maker.report.made["short_codes"] += "short_code" in body
            continue
        errors = result["problem"].get("errors") or []
        if "short_code" in {error["field"] for error in errors}:
            uncoded.append((entry, body))
        else:
            _refuse(maker, entry, result)
    return uncoded


def _refuse(maker: Maker, entry: Record, result: Record) -> None:
    refused = RefusedError(result["status"], result["problem"])
    maker.give_up("entries", entry["id"], maker.reason(refused))


def _needed(entry: Record, holds: list[tuple[str, Record]]) -> int:
    """The units that an entry has to have: for each hold that is over, one after another, and for
    all that are in force, together and whole."""
    over = [hold["quantity"] for kind, hold in holds if not in_force(kind, hold)]
    now = sum(hold["quantity"] for kind, hold in holds if in_force(kind, hold))
    return int(min(max(entry["quantity"], now, *over, 0), MAX_QUANTITY))


def in_force(kind: str, hold: Record) -> bool:
    """Whether a loan or repair has units now."""
    states = {"loans": ("active", "partially_returned"), "repairs": ("PENDING", "IN_PROGRESS")}
    return hold["status"] in states[kind]


async def _make_coded(
    maker: Maker, kind: str, record: Record, resource: str, body: dict[str, Any]
) -> Record:
    """Make something with its short code, or without where that is taken: codes are everybody's."""
    code = record["short_code"]
    if code is not None:
        try:
            made = await maker.make(kind, record, resource, {**body, "short_code": code})
        except RefusedError as refused:
            if "short_code" not in {field for field, _, _ in refused.errors}:
                raise
            _tell_taken(maker, code, kind, record["id"])
        else:
            maker.report.made["short_codes"] += 1
            return made
    return await maker.make(kind, record, resource, body, step="without-code" if code else "")


async def _item_code(maker: Maker, code: Record) -> None:
    async with maker.one("short_codes", code):
        body = {"kind": "item", "id": maker.new_id(code["target_id"]), "code": code["code"]}
        if code.get("is_additional"):
            body["additional"] = True
        await _claim(maker, code, body)


async def _unused_codes(maker: Maker) -> None:
    """Codes that are printed and on nothing yet: put on something and taken off again."""
    coded = {code["target_id"] for code in maker.staging.all("short_codes")}
    bearers = (
        (thing, new)
        for thing, kind in (("item", "items"), ("location", "locations"))
        for record in maker.staging.all(kind)
        if record["id"] not in coded and (new := maker.staging.new_id(record["id"]))
    )
    bearer = next(bearers, None)
    for code in maker.staging.all("short_codes", "json_extract(body, '$.kind') IS NULL"):
        if bearer is None:
            maker.tell(
                "unused short codes: nothing is free to hold them", "short_codes", code["code"]
            )
            continue
        async with maker.one("short_codes", code):
            thing, new = bearer
            if await _claim(maker, code, {"kind": thing, "id": new, "code": code["code"]}):
                path = f"short-codes/{code['code']}/release"
                await maker.act("short_codes", code["code"], path)


async def _claim(maker: Maker, code: Record, body: dict[str, Any]) -> bool:
    try:
        await maker.post("short-codes", body, maker.key("short_codes", code["code"]))
    except RefusedError as refused:
        if refused.code != "short-code-taken":
            raise
        _tell_taken(maker, code["code"], "short_codes", code["code"])
        return False
    maker.report.made["short_codes"] += 1
    return True


def _tell_taken(maker: Maker, code: str, kind: str, identity: str) -> None:
    if kind == "short_codes":
        maker.tell(_TAKEN, kind, identity)
    else:
        maker.tell(_TAKEN, kind, identity, "short_code")
        maker.staging.waive("short_codes", code)
