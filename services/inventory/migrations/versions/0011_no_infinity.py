"""Dates and times that were stored as infinity are the days that were sent.

The driver took the first and the last day and moment there are in Python for it, and so they were
read again as a text that is no date. Deadlines follow by their triggers.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_DAY = "WHEN 'infinity' THEN '9999-12-31'::date WHEN '-infinity' THEN '0001-01-01'::date"
# Moments are kept from the year 1000 to 9000: far enough for never.
_MOMENT = (
    "WHEN 'infinity' THEN '9000-12-31T00:00:00Z'::timestamptz "
    "WHEN '-infinity' THEN '1000-01-01T00:00:00Z'::timestamptz"
)
_COLUMNS = {
    "entries": {
        **dict.fromkeys(("date_acquired", "warranty_expires", "expiration_date"), _DAY),
        "last_used_at": _MOMENT,
    },
    "maintenance": dict.fromkeys(("next_due", "last_done"), _DAY),
    "repairs": {"expected_back": _DAY},
    "movements": dict.fromkeys(("used_at", "used_before"), _MOMENT),
}


def upgrade() -> None:
    op.execute("SELECT set_config('warehouse.scope', 'system', true)")  # of every workspace
    op.execute("ALTER TABLE movements DISABLE TRIGGER append_only")
    for table, columns in _COLUMNS.items():
        meant = ", ".join(
            f"{name} = CASE {name} {each} ELSE {name} END" for name, each in columns.items()
        )
        wrong = " OR ".join(f"NOT isfinite({name})" for name in columns)
        op.execute(f"UPDATE {table} SET {meant} WHERE {wrong}")
    op.execute("ALTER TABLE movements ENABLE TRIGGER append_only")


def downgrade() -> None:
    """They stay: either version reads them."""
