"""Whether inventory's books hold (invariant 10, `docs/invariants.md`): the ledger sums to the
present, what is held is what holds say, trees are trees, and what stands in a container stands
where that does.

PostgreSQL does the sums, in one snapshot, so that a platform may run on meanwhile; what differs is
read as it comes, and only so much of it is kept.
"""

from dataclasses import dataclass, field
from uuid import UUID

from warehouse.errors import OperatorError
from warehouse.operating.addresses import Addresses
from warehouse.operating.database import connected

SERVICE = "inventory"
SHOWN = 100  # differences that are told one by one
_OF = "($1::uuid IS NULL OR {}workspace_id = $1)"
_COUNT = f"""
    SELECT (SELECT count(*) FROM entries WHERE {_OF.format("")}), count(*) FROM movements
    WHERE {_OF.format("")}
"""
_KNOWN = """
    SELECT EXISTS (SELECT FROM known_workspaces WHERE id = $1)
        OR EXISTS (SELECT FROM locations WHERE workspace_id = $1)
"""
# Each: the workspace, what it is about, and what is wrong with it.
_SUMS = f"""
    SELECT workspace_id, entry_id, format(
        'the ledger has %s units at location %s, container %s; there are %s',
        sum(told), coalesce(location_id::text, '-'), coalesce(container_id::text, '-'), sum(there)
    )
    FROM (
        SELECT workspace_id, entry_id, from_location_id AS location_id,
               from_container_id AS container_id, -units_out::bigint AS told, 0 AS there
        FROM movements WHERE units_out > 0 AND {_OF.format("")}
        UNION ALL
        SELECT workspace_id, coalesce(to_entry_id, entry_id), to_location_id, to_container_id,
               units_in, 0
        FROM movements WHERE units_in > 0 AND {_OF.format("")}
        UNION ALL
        SELECT workspace_id, id, location_id, container_id, 0, quantity
        FROM entries WHERE NOT is_archived AND {_OF.format("")}
    ) moved
    GROUP BY workspace_id, entry_id, location_id, container_id HAVING sum(told) <> sum(there)
"""
_NO_ENTRY = f"""
    SELECT m.workspace_id, m.id, format('it moved units of no entry there is: %s', named.id)
    FROM movements m CROSS JOIN LATERAL (VALUES (m.entry_id), (m.to_entry_id)) named (id)
    WHERE named.id IS NOT NULL AND {_OF.format("m.")} AND NOT EXISTS (
        SELECT FROM entries e WHERE e.workspace_id = m.workspace_id AND e.id = named.id
    )
"""
_HELD = f"""
    SELECT workspace_id, id, format(
        '%s of %s units are held; its holds are of %s', sum(said), sum(there), sum(held)
    )
    FROM (
        SELECT workspace_id, id, held_quantity::bigint AS said, quantity AS there, 0 AS held
        FROM entries WHERE {_OF.format("")}
        UNION ALL
        SELECT workspace_id, entry_id, 0, 0, quantity - released_quantity
        FROM holds WHERE state = 'held' AND {_OF.format("")}
    ) both_sides
    GROUP BY workspace_id, id
    HAVING sum(said) <> sum(held) OR NOT sum(said) BETWEEN 0 AND sum(there)
"""
_TREE = """
    WITH RECURSIVE reached AS (
        SELECT workspace_id, id FROM {table} WHERE {parent} IS NULL AND {of}
        UNION ALL
        SELECT t.workspace_id, t.id FROM reached
        JOIN {table} t ON t.workspace_id = reached.workspace_id AND t.{parent} = reached.id
    )
    SELECT t.workspace_id, t.id, format('no root is above it: it is below %s', t.{parent})
    FROM {table} t WHERE {of_t} AND NOT EXISTS (
        SELECT FROM reached r WHERE r.workspace_id = t.workspace_id AND r.id = t.id
    )
"""
_STANDING = f"""
    SELECT t.workspace_id, t.id, format(
        'it stands at location %s, its container at %s', t.location_id,
        coalesce(c.location_id::text, 'none')
    )
    FROM (
        SELECT workspace_id, id, location_id, container_id FROM entries
        UNION ALL SELECT workspace_id, id, location_id, parent_id FROM containers
    ) t
    LEFT JOIN containers c ON c.workspace_id = t.workspace_id AND c.id = t.container_id
    WHERE t.container_id IS NOT NULL AND {_OF.format("t.")}
      AND c.location_id IS DISTINCT FROM t.location_id
"""


def _tree(table: str, parent: str) -> str:
    return _TREE.format(table=table, parent=parent, of=_OF.format(""), of_t=_OF.format("t."))


CHECKS = {
    "ledger": _SUMS,
    "movements": _NO_ENTRY,
    "holds": _HELD,
    "locations": _tree("locations", "parent_id"),
    "containers": _tree("containers", "parent_id"),
    "merges": _tree("entries", "merged_into"),
    "places": _STANDING,
}


@dataclass(frozen=True)
class Difference:
    """One thing that is wrong: what check found it, of which workspace and what, in words."""

    check: str
    workspace_id: UUID
    id: UUID
    problem: str


@dataclass
class Books:
    """How much was looked at and how many differences each check found; the first of them."""

    entries: int = 0
    movements: int = 0
    found: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    @property
    def balance(self) -> bool:
        return not any(self.found.values())


async def check(addresses: Addresses, workspace_id: UUID | None = None) -> Books:
    """Check the books of a workspace, or of all. Raises `OperatorError` for a workspace that
    inventory never heard of."""
    books = Books()
    async with (
        connected(SERVICE, addresses.database(SERVICE)) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        if workspace_id is not None and not await connection.fetchval(_KNOWN, workspace_id):
            raise OperatorError(
                f"inventory knows no workspace {workspace_id}; `warehouse check ledger` without "
                "--workspace looks at them all."
            )
        books.entries, books.movements = await connection.fetchrow(_COUNT, workspace_id)
        for name, sql in CHECKS.items():
            books.found[name] = 0
            async for row in connection.cursor(sql, workspace_id, prefetch=1_000):
                books.found[name] += 1
                if len(books.differences) < SHOWN:
                    books.differences.append(Difference(name, *row))
    return books
