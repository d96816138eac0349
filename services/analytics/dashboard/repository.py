"""The dashboard in one statement: a row of totals, one per currency, counts of index ranges."""

from uuid import UUID

from chassis.database import Source

_DASHBOARD = """
    SELECT to_json(dashboard) FROM (
        SELECT coalesce(t.items, 0) AS items,
               coalesce(t.inventory_entries, 0) AS inventory_entries,
               coalesce(t.units, 0) AS units,
               coalesce(t.locations, 0) AS locations,
               coalesce(t.containers, 0) AS containers,
               coalesce(t.borrowers, 0) AS borrowers,
               coalesce(t.active_loans, 0) AS active_loans,
               (SELECT count(*) FROM loans
                WHERE workspace_id = $1 AND is_open AND due_at < now()) AS overdue_loans,
               coalesce(t.low_stock_items, 0) AS low_stock_items,
               (SELECT count(*) FROM entries
                WHERE workspace_id = $1 AND units > 0
                  AND expiration_date <= current_date + 30) AS expiring_entries,
               (SELECT coalesce(json_agg(v ORDER BY v.currency), '[]')
                FROM (SELECT amount, currency FROM workspace_values
                      WHERE workspace_id = $1 AND amount <> 0) v) AS total_value
        FROM (SELECT) one LEFT JOIN workspace_totals t ON t.workspace_id = $1
    ) dashboard
"""


async def dashboard(source: Source, workspace_id: UUID) -> bytes:
    """The numbers of a workspace, all zero for one that nothing was heard of."""
    rows = await source.rows(_DASHBOARD, workspace_id)
    body: bytes = rows[0][0]
    return body
