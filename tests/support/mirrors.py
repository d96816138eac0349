"""What a service knows of another's, compared with what that has itself."""

from collections.abc import Collection, Iterator

from support.snapshot import Row, Snapshot

OPEN = ("active", "partially_returned")
# Where each table's rows are known elsewhere, and which columns have to be the same there.
MIRRORS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("catalog.items", "inventory.known_items", ("version", "name")),
    ("catalog.items", "loans.known_items", ("version", "name")),
    ("catalog.items", "analytics.items", ("version", "name")),
    ("catalog.items", "notify.items", ("version", "name")),
    ("inventory.locations", "loans.known_locations", ("version", "name")),
    ("inventory.locations", "analytics.locations", ("version", "name")),
    ("inventory.entries", "loans.known_entries", ("item_id", "location_id")),
    ("inventory.entries", "catalog.stocked_entries", ("item_id", "is_archived")),
    ("inventory.entries", "notify.entries", ("item_id",)),
    ("inventory.entries", "analytics.entries", ("item_id", "location_id", "quantity")),
    ("loans.borrowers", "analytics.borrowers", ("version", "name")),
    ("loans.borrowers", "notify.borrowers", ("version",)),
    ("auth.workspaces", "notify.workspaces", ("version", "name")),
    ("loans.loans", "analytics.loans", ("version", "status", "quantity")),
)


def mirrors(snapshot: Snapshot) -> Iterator[str]:
    """Where what one service owns is known otherwise to another."""
    for source, mirror, columns in MIRRORS:
        here = {subject(row): row for row in snapshot.tables[source]}
        there = {subject(row): row for row in snapshot.tables[mirror]}
        for id_ in here.keys() | there.keys():
            one, other = _columns(here.get(id_), columns), _columns(there.get(id_), columns)
            if one != other:
                yield f"{source} {id_} is {one}, {mirror} has {other}"


def totals(snapshot: Snapshot) -> Iterator[str]:
    """The dashboard's numbers, counted anew from the services that own what is counted."""
    tables = snapshot.tables
    for total in tables["analytics.workspace_totals"]:
        mine = total["workspace_id"]
        entries = [one for one in _of(tables["inventory.entries"], mine) if not one["is_archived"]]
        loans = _of(tables["loans.loans"], mine)
        counted = {
            "items": len(_of(tables["catalog.items"], mine)),
            "inventory_entries": len(entries),
            "units": sum(entry["quantity"] for entry in entries),
            "locations": len(_of(tables["inventory.locations"], mine)),
            "borrowers": len(_of(tables["loans.borrowers"], mine)),
            "active_loans": sum(loan["status"] in OPEN for loan in loans),
        }
        shown = {name: total[name] for name in counted}
        if shown != counted:
            yield f"the dashboard of {mine} shows {shown}; there are {counted}"
    counted_in = {row["workspace_id"] for row in tables["analytics.workspace_totals"]}
    for missing in {row["workspace_id"] for row in tables["catalog.items"]} - counted_in:
        yield f"the dashboard of {missing} shows nothing"


def subject(row: Row) -> str:
    """What a row is about: its id, or the workspace itself."""
    return str(row.get("id", row["workspace_id"]))


def _columns(row: Row | None, columns: Collection[str]) -> Row | None:
    return None if row is None else {column: row[column] for column in columns}


def _of(rows: list[Row], workspace_id: str) -> list[Row]:
    return [row for row in rows if row["workspace_id"] == workspace_id]
