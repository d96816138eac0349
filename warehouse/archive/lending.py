"""Loans and repairs of a restore: what holds units, and what held them once.

Entry by entry, each hold after the one before, so that units which were lent ten times over are
there each time. A thing that came back broken opens no repair again: its entry is as broken as can
be meanwhile, and gets the condition of the archive when it is settled."""

from functools import partial

from warehouse.archive.api import at_once
from warehouse.archive.inventory import in_force, settle
from warehouse.archive.making import Maker, MissingError, until
from warehouse.archive.staging import Record

BORROWER = ("name", "external_id", "email", "phone", "notes")
LOAN = ("quantity", "due_at", "loaned_at", "notes")
REPAIR = (
    *("quantity", "description", "provider", "cost", "currency", "is_warranty_claim"),
    *("warranty_reference", "expected_back", "notes"),
)
MAINTENANCE = ("name", "every_days", "counts_from", "next_due", "last_done", "notes")
_BROKEN = {"DAMAGED", "FOR_REPAIR"}
_WORST = "FOR_REPAIR"
_LOST_OF_REPAIRS = {
    "loan_id": "repairs: which loan they came of",
    "maintenance_id": "repairs: which maintenance they came of",
    "repaired_inventory_id": "repairs: which entry the repaired units became",
}


async def restore(maker: Maker) -> None:
    """Borrowers, what they have and had, repairs, and what is to be done regularly."""
    maker.begin("borrowers")
    await at_once(maker.jobs, maker.staging.all("borrowers"), partial(_borrower, maker))
    maker.progress.begin(
        "restoring loans and repairs", maker.staging.count("loans") + maker.staging.count("repairs")
    )
    await at_once(maker.jobs, maker.staging.with_holds(), partial(_of_entry, maker))
    maker.begin("maintenance")
    await at_once(maker.jobs, maker.staging.all("maintenance"), partial(_maintenance, maker))


async def _borrower(maker: Maker, borrower: Record) -> None:
    async with maker.one("borrowers", borrower):
        body = maker.body("borrowers", borrower, BORROWER)
        if borrower["user_id"] == maker.user_id:
            body["user_id"] = borrower["user_id"]
        elif borrower["user_id"] is not None:
            maker.tell("borrowers: whose account they are", "borrowers", borrower["id"], "user_id")
        await maker.make("borrowers", borrower, "borrowers", body)


async def _of_entry(maker: Maker, entry_id: str) -> None:
    holds = maker.staging.holds_of(entry_id)
    for kind, hold in sorted(holds, key=lambda hold: in_force(*hold)):
        async with maker.one(kind, hold):
            if kind == "loans":
                await _loan(maker, hold)
            else:
                await _repair(maker, hold)
    await settle(maker, entry_id)


async def _loan(maker: Maker, loan: Record) -> None:
    if loan["status"] not in ("active", "partially_returned", "returned"):
        maker.tell(f"loans that are {loan['status']}", "loans", loan["id"])
        return
    made = await maker.make("loans", loan, "loans", maker.body("loans", loan, LOAN))
    path = f"loans/{made['id']}"

    async def decided() -> Record | None:
        now = await maker.read(path)
        return None if now["status"] == "requested" else now

    now = await until("no answer to the request of a loan", decided)
    if now["status"] in ("rejected", "cancelled"):
        reason = (now["rejection"] or {}).get("reason", "cancelled")
        raise MissingError(f"inventory does not lend it: {reason}")
    if loan["returns"]:
        maker.report.told["loans: when they were returned, which is now"] += 1
    back = 0
    for number, returned in enumerate(loan["returns"]):
        back += returned["quantity"]
        if now["returned_quantity"] < back:
            await _give_back(maker, loan, path, number, returned)


async def _give_back(maker: Maker, loan: Record, path: str, number: int, returned: Record) -> None:
    entry_path = f"inventory/{maker.new_id(loan['inventory_id'])}"
    entry = await maker.read(entry_path)
    if returned["condition"] in _BROKEN and entry["condition"] != _WORST:
        entry = await maker.change(entry_path, {"condition": _WORST})
    held = entry["held_quantity"] - returned["quantity"]
    body = {name: returned[name] for name in ("quantity", "condition", "notes")}
    key = maker.key("loans", loan["id"], f"return-{number}")
    await maker.client.post(maker.path(f"{path}/return"), body, key=key)

    async def heard() -> Record | None:
        now = await maker.read(entry_path)
        return now if now["held_quantity"] <= held else None

    await until("inventory does not hear of a return", heard)


async def _repair(maker: Maker, repair: Record) -> None:
    old = repair["id"]
    made = await maker.make("repairs", repair, "repairs", maker.body("repairs", repair, REPAIR))
    path = f"repairs/{made['id']}"
    for name, what in _LOST_OF_REPAIRS.items():
        if repair.get(name) is not None:
            maker.report.told[what] += 1
    if repair.get("started_at") is not None:
        await maker.act("repairs", old, f"{path}/start")
    if repair["status"] == "CANCELLED":
        await maker.act("repairs", old, f"{path}/cancel")
    elif repair["status"] == "COMPLETED":
        maker.report.told["repairs: when they were done, which is now"] += 1
        condition = repair["new_condition"]
        if condition is not None:
            # What is in this condition already is not set apart from its entry again.
            entry_path = f"inventory/{maker.new_id(repair['inventory_id'])}"
            if (await maker.read(entry_path))["condition"] != condition:
                await maker.change(entry_path, {"condition": condition})
        body = {"new_condition": condition} if condition is not None else {}
        await maker.act("repairs", old, f"{path}/complete", body)


async def _maintenance(maker: Maker, schedule: Record) -> None:
    async with maker.one("maintenance", schedule):
        body = maker.body("maintenance", schedule, MAINTENANCE)
        await maker.make("maintenance", schedule, "maintenance", body)
