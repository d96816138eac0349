"""Locations, containers, stock, movements, holds, known items, and the backbone."""

from alembic import op

from chassis.migrations import backbone, drop_backbone, isolate

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_AGGREGATE = """
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (workspace_id, id)
"""


def upgrade() -> None:
    backbone()
    _places()
    _stock()
    _holds()
    op.execute("""
        CREATE TABLE known_items (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            version integer NOT NULL,
            name text NOT NULL,
            sku text NOT NULL,
            is_archived boolean NOT NULL,
            is_deleted boolean NOT NULL
        )
    """)
    isolate("known_items")


def _places() -> None:
    op.execute(f"""
        CREATE TABLE locations (
            {_AGGREGATE},
            parent_id uuid,
            name text NOT NULL,
            description text,
            external_id text,
            is_archived boolean NOT NULL,
            CONSTRAINT location_parent FOREIGN KEY (workspace_id, parent_id)
                REFERENCES locations (workspace_id, id),
            CONSTRAINT location_not_its_own_parent CHECK (parent_id <> id)
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX location_name_among_siblings
        ON locations (workspace_id, parent_id, lower(name)) NULLS NOT DISTINCT
    """)
    op.execute("CREATE UNIQUE INDEX location_external_id ON locations (workspace_id, external_id)")
    isolate("locations")
    # What stands in a container stands where the container stands. Both sides change in one
    # transaction when it moves, hence the check at its end.
    op.execute(f"""
        CREATE TABLE containers (
            {_AGGREGATE},
            location_id uuid NOT NULL,
            parent_id uuid,
            name text NOT NULL,
            description text,
            capacity integer CHECK (capacity >= 1),
            external_id text,
            is_archived boolean NOT NULL,
            UNIQUE (workspace_id, id, location_id),
            CONSTRAINT container_location FOREIGN KEY (workspace_id, location_id)
                REFERENCES locations (workspace_id, id),
            CONSTRAINT container_parent FOREIGN KEY (workspace_id, parent_id, location_id)
                REFERENCES containers (workspace_id, id, location_id)
                DEFERRABLE INITIALLY DEFERRED,
            CONSTRAINT container_not_its_own_parent CHECK (parent_id <> id)
        )
    """)
    op.execute(
        "CREATE UNIQUE INDEX container_external_id ON containers (workspace_id, external_id)"
    )
    op.execute("CREATE INDEX containers_at ON containers (workspace_id, location_id, id)")
    op.execute("CREATE INDEX containers_in ON containers (workspace_id, parent_id, id)")
    isolate("containers")


def _stock() -> None:
    op.execute(f"""
        CREATE TABLE entries (
            {_AGGREGATE},
            item_id uuid NOT NULL,
            location_id uuid NOT NULL,
            container_id uuid,
            quantity integer NOT NULL CHECK (quantity >= 0),
            held_quantity integer NOT NULL,
            condition text NOT NULL CHECK (condition IN
                ('NEW', 'EXCELLENT', 'GOOD', 'FAIR', 'POOR', 'DAMAGED', 'FOR_REPAIR')),
            status text NOT NULL CHECK (status IN
                ('AVAILABLE', 'IN_USE', 'IN_TRANSIT', 'MISSING', 'DISPOSED')),
            serial_number text,
            lot text,
            date_acquired date,
            purchase_price bigint CHECK (purchase_price >= 0),
            currency text CHECK (currency ~ '^[A-Z]{{3}}$'),
            warranty_expires date,
            expiration_date date,
            notes text,
            external_id text,
            last_used_at timestamptz,
            is_archived boolean NOT NULL,
            CONSTRAINT entry_free_quantity
                CHECK (held_quantity >= 0 AND held_quantity <= quantity),
            CONSTRAINT entry_archived_is_not_held CHECK (NOT is_archived OR held_quantity = 0),
            CONSTRAINT entry_price_has_currency
                CHECK ((purchase_price IS NULL) = (currency IS NULL)),
            CONSTRAINT entry_location FOREIGN KEY (workspace_id, location_id)
                REFERENCES locations (workspace_id, id),
            CONSTRAINT entry_container FOREIGN KEY (workspace_id, container_id, location_id)
                REFERENCES containers (workspace_id, id, location_id)
                DEFERRABLE INITIALLY DEFERRED
        )
    """)
    op.execute("CREATE UNIQUE INDEX entry_external_id ON entries (workspace_id, external_id)")
    for name, column in (
        ("entries_of_item", "item_id"),
        ("entries_at", "location_id"),
        ("entries_in", "container_id"),
    ):
        op.execute(f"CREATE INDEX {name} ON entries (workspace_id, {column}, id)")
    isolate("entries")
    op.execute("""
        CREATE TABLE movements (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            entry_id uuid NOT NULL,
            to_entry_id uuid,
            item_id uuid NOT NULL,
            kind text NOT NULL CHECK (kind IN
                ('created', 'moved', 'split', 'adjusted', 'archived', 'restored')),
            quantity integer NOT NULL,
            from_location_id uuid,
            from_container_id uuid,
            to_location_id uuid,
            to_container_id uuid,
            reason text,
            actor text NOT NULL,
            created_at timestamptz NOT NULL,
            UNIQUE (workspace_id, id),
            CONSTRAINT movement_entry FOREIGN KEY (workspace_id, entry_id)
                REFERENCES entries (workspace_id, id),
            CONSTRAINT movement_to_entry FOREIGN KEY (workspace_id, to_entry_id)
                REFERENCES entries (workspace_id, id)
        )
    """)
    op.execute("CREATE INDEX movements_of_entry ON movements (workspace_id, entry_id, id)")
    op.execute("""
        CREATE INDEX movements_to_entry ON movements (workspace_id, to_entry_id, id)
        WHERE to_entry_id IS NOT NULL
    """)
    op.execute("CREATE INDEX movements_of_item ON movements (workspace_id, item_id, id)")
    op.execute("""
        CREATE FUNCTION movements_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'movements are append-only';
        END $$
    """)
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON movements
        FOR EACH ROW EXECUTE FUNCTION movements_are_kept()
    """)
    isolate("movements")


def _holds() -> None:
    op.execute("""
        CREATE TABLE holds (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            purpose text NOT NULL
                CHECK (purpose IN ('loan', 'reservation', 'repair', 'transit')),
            reference uuid NOT NULL,
            entry_id uuid,
            quantity integer NOT NULL CHECK (quantity >= 1),
            released_quantity integer NOT NULL,
            starts_at timestamptz,
            ends_at timestamptz,
            state text NOT NULL
                CHECK (state IN ('awaited', 'held', 'released', 'cancelled', 'rejected')),
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            CONSTRAINT hold_reference UNIQUE (workspace_id, purpose, reference),
            CONSTRAINT hold_entry FOREIGN KEY (workspace_id, entry_id)
                REFERENCES entries (workspace_id, id),
            CONSTRAINT hold_released_quantity
                CHECK (released_quantity >= 0 AND released_quantity <= quantity),
            CONSTRAINT hold_in_force CHECK (
                state <> 'held' OR (entry_id IS NOT NULL AND released_quantity < quantity)
            )
        )
    """)
    op.execute("""
        CREATE INDEX holds_in_force ON holds (workspace_id, entry_id) WHERE state = 'held'
    """)
    isolate("holds")


def downgrade() -> None:
    for table in ("known_items", "holds", "movements", "entries", "containers", "locations"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION movements_are_kept")
    drop_backbone()
