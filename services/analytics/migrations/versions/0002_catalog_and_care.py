"""When entries expire, for the dashboard to count.

What was heard of entries before does not say: inventory's topic of stock is read again from its
beginning. An event counts as unheard where its id is not in the inbox; emptying that is safe, since
every handler of analytics takes an event that it has heard before for what it is.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_READ_AGAIN = (
    "SELECT set_config('warehouse.scope', 'system', true)",  # of every workspace
    "UPDATE entries SET version = 0",
    """
    UPDATE consumer_positions SET next_offset = 0, event_id = NULL, record_time = NULL
    WHERE topic = 'warehouse.inventory.stock.v1'
    """,
    "TRUNCATE inbox",
)


def upgrade() -> None:
    op.execute("ALTER TABLE entries ADD COLUMN expiration_date date")
    op.execute("""
        CREATE INDEX entries_expiring ON entries (workspace_id, expiration_date)
        WHERE units > 0 AND expiration_date IS NOT NULL
    """)
    for statement in _READ_AGAIN:
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE entries DROP COLUMN expiration_date")
