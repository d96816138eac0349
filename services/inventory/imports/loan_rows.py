"""Rows of loans: which entry is lent."""

from collections.abc import Sequence

from chassis.database import TenantSession
from chassis.importing import Making, Outcome
from chassis.imports import ImportRow
from services.inventory.imports import places, repository
from services.inventory.imports.repository import Known


async def find(session: TenantSession, rows: Sequence[ImportRow], making: Making) -> Outcome:
    """Find the entry of each row: by `entry`, its external_id or the id that it has here, or else
    the item's entry in use, in `location` if that is said, with the most free units. An export of
    loans names entries by their ids, which elsewhere are nobody's."""
    outcome = Outcome()
    without_making = Making(create_missing=False, before=making.before)
    standing = await places.resolve(session, rows, without_making, outcome)
    external_ids = {str(one) for row in rows if (one := row.fields.get("entry"))}
    own = await repository.by_external_id(session, external_ids)
    own |= await repository.by_id(session, external_ids - own.keys())
    item_ids = {row.found["item_id"] for row in rows if "item_id" in row.found}
    of_item: dict[object, list[Known]] = {}
    for known in await repository.of_items(session, item_ids):
        of_item.setdefault(known.item_id, []).append(known)
    for row in rows:
        refused = len(outcome.faults)
        place = standing.of(row, outcome)
        if len(outcome.faults) > refused:
            continue
        entry = str(row.fields.get("entry") or "")
        if entry in own:
            found = [own[entry]]
        elif entry and not (repository.is_id(entry) and "item_id" in row.found):
            found = []
            missing = ("entry", f"There is no inventory entry {entry!r} here.")
        else:
            found = [
                known
                for known in of_item.get(row.found.get("item_id"), [])
                if place is None or known.location_id == place.location_id
            ]
            missing = ("item", "There is none of it in stock there; say where it is.")
        if not found:
            outcome.refuse(row, *missing)
            continue
        most = max(found, key=lambda known: known.free_quantity)
        fields = {name: row.fields[name] for name in row.fields.keys() - {"_item", "location"}}
        fields["_free"] = most.free_quantity
        outcome.rows.append(
            ImportRow(number=row.number, fields=fields, found={**row.found, "entry_id": most.id})
        )
    return outcome
