"""Where known locations stand in their tree, and where known entries are.

What was heard of locations before says nothing of their parents: the topic is read again from its
beginning. An event counts as unheard where its id is not in the inbox; emptying that is safe, since
every handler of loans takes an event that it has heard before for what it is, by the version of a
row or the status of a loan.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


READ_AGAIN = (
    "SELECT set_config('warehouse.scope', 'system', true)",  # of every workspace
    "UPDATE known_locations SET version = 0",
    """
    UPDATE consumer_positions SET next_offset = 0, event_id = NULL, record_time = NULL
    WHERE topic = 'warehouse.inventory.location.v1'
    """,
    "TRUNCATE inbox",
)


def upgrade() -> None:
    op.execute("ALTER TABLE known_locations ADD COLUMN parent_id uuid")
    op.execute("CREATE INDEX known_locations_in ON known_locations (workspace_id, parent_id)")
    op.execute("CREATE INDEX known_entries_at ON known_entries (workspace_id, location_id)")
    for statement in READ_AGAIN:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX known_entries_at")
    op.execute("ALTER TABLE known_locations DROP COLUMN parent_id")
