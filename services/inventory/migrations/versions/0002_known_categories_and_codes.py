"""What inventory knows of categories and of the codes of items; short codes of what stands here.

What was heard of items before says nothing of their codes and categories: catalog's topics are read
again from their beginning. An event counts as unheard where its id is not in the inbox; emptying
that is safe, since every handler of inventory takes an event that it has heard before for what it
is, by the version of a row or the state of a hold.
"""

from alembic import op

from chassis.migrations import isolate

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_READ_AGAIN = (
    "SELECT set_config('warehouse.scope', 'system', true)",  # of every workspace
    "UPDATE known_items SET version = 0",
    """
    UPDATE consumer_positions SET next_offset = 0, event_id = NULL, record_time = NULL
    WHERE topic = 'warehouse.catalog.item.v1'
    """,
    "TRUNCATE inbox",
)
_SHORT_CODE = "short_code text CHECK (short_code ~ '^[A-Z0-9]{4,12}$')"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE known_items
            ADD COLUMN external_id text,
            ADD COLUMN barcode text,
            ADD COLUMN category_id uuid
    """)
    op.execute("CREATE INDEX known_items_in ON known_items (workspace_id, category_id)")
    op.execute("CREATE INDEX known_items_by_sku ON known_items (workspace_id, sku)")
    op.execute("""
        CREATE TABLE known_categories (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            version integer NOT NULL,
            name text NOT NULL,
            parent_id uuid,
            is_archived boolean NOT NULL,
            is_deleted boolean NOT NULL
        )
    """)
    op.execute("CREATE INDEX known_categories_in ON known_categories (workspace_id, parent_id)")
    isolate("known_categories")
    for table in ("locations", "containers", "entries"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN {_SHORT_CODE}")
    for statement in _READ_AGAIN:
        op.execute(statement)


def downgrade() -> None:
    for table in ("locations", "containers", "entries"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN short_code")
    op.execute("DROP TABLE known_categories")
    op.execute("""
        ALTER TABLE known_items
            DROP COLUMN external_id, DROP COLUMN barcode, DROP COLUMN category_id
    """)
