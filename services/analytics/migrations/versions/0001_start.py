"""Projections of everybody's events, their totals, the activity, and the backbone.

No foreign keys: events of different topics arrive in any order. No CHECKs on what is counted by
difference either: PostgreSQL checks the row proposed to an upsert, which holds the difference.
"""

from alembic import op

from chassis.migrations import backbone, drop_backbone, isolate

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

THINGS = ("locations", "containers", "borrowers")


def upgrade() -> None:
    backbone()
    _totals()
    _items_and_entries()
    for table in THINGS:
        op.execute(f"""
            CREATE TABLE {table} (
                workspace_id uuid NOT NULL,
                id uuid NOT NULL,
                version integer NOT NULL,
                name text NOT NULL,
                is_in_use boolean NOT NULL,
                PRIMARY KEY (workspace_id, id)
            )
        """)
        isolate(table)
    _loans()
    _activity()


def _totals() -> None:
    op.execute("""
        CREATE TABLE workspace_totals (
            workspace_id uuid PRIMARY KEY,
            items bigint NOT NULL DEFAULT 0,
            inventory_entries bigint NOT NULL DEFAULT 0,
            units bigint NOT NULL DEFAULT 0,
            locations bigint NOT NULL DEFAULT 0,
            containers bigint NOT NULL DEFAULT 0,
            borrowers bigint NOT NULL DEFAULT 0,
            active_loans bigint NOT NULL DEFAULT 0,
            low_stock_items bigint NOT NULL DEFAULT 0
        )
    """)
    isolate("workspace_totals")
    # A quantity times a price goes beyond bigint.
    op.execute("""
        CREATE TABLE workspace_values (
            workspace_id uuid NOT NULL,
            currency text NOT NULL,
            amount numeric NOT NULL,
            PRIMARY KEY (workspace_id, currency)
        )
    """)
    isolate("workspace_values")


def _items_and_entries() -> None:
    # An item heard of through its stock or its loans alone has version 0 and is not in use yet.
    op.execute("""
        CREATE TABLE items (
            workspace_id uuid NOT NULL,
            id uuid NOT NULL,
            version integer NOT NULL,
            name text,
            min_stock_level integer NOT NULL DEFAULT 0,
            is_in_use boolean NOT NULL DEFAULT false,
            units bigint NOT NULL DEFAULT 0,
            loans bigint NOT NULL DEFAULT 0,
            is_low boolean NOT NULL
                GENERATED ALWAYS AS (is_in_use AND units < min_stock_level) STORED,
            PRIMARY KEY (workspace_id, id)
        )
    """)
    op.execute("""
        CREATE INDEX items_most_lent ON items (workspace_id, loans DESC, name, id) WHERE loans > 0
    """)
    isolate("items")
    op.execute("""
        CREATE TABLE entries (
            workspace_id uuid NOT NULL,
            id uuid NOT NULL,
            version integer NOT NULL,
            item_id uuid NOT NULL,
            location_id uuid,
            container_id uuid,
            quantity integer NOT NULL,
            purchase_price bigint,
            currency text,
            is_archived boolean NOT NULL,
            units integer NOT NULL
                GENERATED ALWAYS AS (CASE WHEN is_archived THEN 0 ELSE quantity END) STORED,
            value numeric NOT NULL GENERATED ALWAYS AS (
                CASE WHEN is_archived OR purchase_price IS NULL OR currency IS NULL THEN 0
                ELSE quantity::numeric * purchase_price END
            ) STORED,
            PRIMARY KEY (workspace_id, id)
        )
    """)
    isolate("entries")


def _loans() -> None:
    op.execute("""
        CREATE TABLE loans (
            workspace_id uuid NOT NULL,
            id uuid NOT NULL,
            version integer NOT NULL,
            status text NOT NULL,
            item_id uuid,
            item_name text,
            borrower_id uuid NOT NULL,
            quantity integer NOT NULL,
            due_at timestamptz,
            is_open boolean NOT NULL
                GENERATED ALWAYS AS (status IN ('active', 'partially_returned')) STORED,
            counted_item_id uuid,
            PRIMARY KEY (workspace_id, id)
        )
    """)
    op.execute("CREATE INDEX loans_due ON loans (workspace_id, due_at) WHERE is_open")
    isolate("loans")


def _activity() -> None:
    op.execute("""
        CREATE TABLE activity (
            workspace_id uuid NOT NULL,
            id uuid NOT NULL,
            occurred_at timestamptz NOT NULL,
            actor_id uuid,
            type text NOT NULL,
            entity_type text NOT NULL,
            entity_id uuid NOT NULL,
            entity_name text,
            item_id uuid,
            changes json NOT NULL,
            PRIMARY KEY (workspace_id, id)
        )
    """)
    for column in ("entity_id", "entity_type", "actor_id"):
        op.execute(f"CREATE INDEX activity_by_{column} ON activity (workspace_id, {column}, id)")
    isolate("activity")
    # People belong to no workspace; their names are read beside what they did, and nowhere else.
    op.execute("""
        CREATE TABLE users (
            id uuid PRIMARY KEY,
            version integer NOT NULL,
            full_name text
        )
    """)


def downgrade() -> None:
    for table in ("users", "activity", "loans", *THINGS, "entries", "items"):
        op.execute(f"DROP TABLE {table}")
    for table in ("workspace_values", "workspace_totals"):
        op.execute(f"DROP TABLE {table}")
    drop_backbone()
