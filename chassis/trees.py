"""Trees of named nodes in one table (`id`, `workspace_id`, `parent_id`, `name`).

Moves take one lock per tree and workspace, so that two of them can't close a cycle together.
"""

from uuid import UUID

from chassis.database import TenantSession, lock_key
from chassis.problems import Conflict, invalid

MAX_DEPTH = 32


def breadcrumb(
    table: str, node: str, column: str = "parent_id", *, within: str | None = None
) -> str:
    """SQL for the JSON list of `{id, name}` from the root down to the node under `node.column`,
    without the node itself; `[]` for a root. `within`: only of nodes in this array.

    Each node is looked up by its id. Left to itself the planner takes every workspace for one of
    average size and reads the whole tree instead, for each level of each row; hence OFFSET 0, and a
    comparison of workspaces that no index serves.
    """
    only = f"FILTER (WHERE id = ANY ({within}))" if within else ""
    return f"""(
        WITH RECURSIVE up AS (
            SELECT a.id, a.name, a.parent_id, 1 AS depth FROM {table} a
            WHERE a.workspace_id IS NOT DISTINCT FROM {node}.workspace_id
              AND a.id = {node}.{column}
            UNION ALL
            SELECT a.id, a.name, a.parent_id, up.depth + 1 FROM up
            CROSS JOIN LATERAL (
                SELECT a.id, a.name, a.parent_id FROM {table} a
                WHERE a.workspace_id IS NOT DISTINCT FROM {node}.workspace_id
                  AND a.id = up.parent_id
                OFFSET 0
            ) a
            WHERE up.depth < {MAX_DEPTH}
        )
        SELECT coalesce(
            json_agg(json_build_object('id', id, 'name', name) ORDER BY depth DESC) {only}, '[]'
        ) FROM up
    )"""


def subtree(table: str, workspace: str, root: str) -> str:
    """SQL for the ids of the node `root` and all below it."""
    return _below(table, workspace, f"= {root}")


def subtrees(table: str, workspace: str, roots: str) -> str:
    """SQL for the ids of the nodes in the array `roots` and all below them."""
    return _below(table, workspace, f"= ANY ({roots}::uuid[])")


def _below(table: str, workspace: str, are_roots: str) -> str:
    return f"""
        WITH RECURSIVE down AS (
            SELECT d.id FROM {table} d WHERE d.workspace_id = {workspace} AND d.id {are_roots}
            UNION
            SELECT d.id FROM down
            CROSS JOIN LATERAL (
                SELECT d.id FROM {table} d
                WHERE d.workspace_id = {workspace} AND d.parent_id = down.id OFFSET 0
            ) d
        )
        SELECT id FROM down"""


async def hold(session: TenantSession, table: str) -> None:
    """Hold the tree until this transaction ends; taken before any of its rows is locked."""
    await lock_key(session, table)


async def place(
    session: TenantSession, table: str, parent_id: UUID | None, *, moving: UUID | None = None
) -> None:
    """Hold the tree and check that a node may stand under `parent_id`: it exists, it is not
    `moving` or below it, and the tree stays within 32 levels."""
    await hold(session, table)
    if parent_id is None:
        return
    above = await session.rows(
        f"""
        WITH RECURSIVE up AS (
            SELECT a.id, a.parent_id, a.is_archived, 1 AS depth FROM {table} a
            WHERE a.workspace_id = $1 AND a.id = $2
            UNION ALL
            SELECT a.id, a.parent_id, a.is_archived, up.depth + 1 FROM {table} a
            JOIN up ON a.id = up.parent_id WHERE a.workspace_id = $1 AND up.depth <= {MAX_DEPTH}
        )
        SELECT id, is_archived FROM up ORDER BY depth
        """,
        session.workspace_id,
        parent_id,
    )
    if not above:
        raise invalid("parent_id", "There is no such parent in this workspace.", "not-found")
    if moving is not None and moving in {id_ for id_, _ in above}:
        raise invalid("parent_id", "A node can't stand below itself.", "cycle")
    height = 1 if moving is None else await _height(session, table, moving)
    if len(above) + height > MAX_DEPTH:
        raise invalid("parent_id", f"A tree has {MAX_DEPTH} levels at most.", "too-deep")
    if above[0][1]:
        raise Conflict("This parent is archived; restore it first or choose another.")


async def _height(session: TenantSession, table: str, root: UUID) -> int:
    """How many levels the subtree of `root` has, itself included."""
    [(height,)] = await session.rows(
        f"""
        WITH RECURSIVE down AS (
            SELECT d.id, 1 AS depth FROM {table} d WHERE d.workspace_id = $1 AND d.id = $2
            UNION ALL
            SELECT d.id, down.depth + 1 FROM {table} d JOIN down ON d.parent_id = down.id
            WHERE d.workspace_id = $1 AND down.depth <= {MAX_DEPTH}
        )
        SELECT coalesce(max(depth), 1) FROM down
        """,
        session.workspace_id,
        root,
    )
    return int(height)
