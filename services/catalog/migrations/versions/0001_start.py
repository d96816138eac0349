"""Items, categories, and the backbone."""

from alembic import op

from chassis.migrations import backbone, drop_backbone, isolate

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    backbone()
    op.execute("""
        CREATE TABLE categories (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            version integer NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            parent_id uuid,
            name text NOT NULL,
            description text,
            external_id text,
            is_archived boolean NOT NULL,
            UNIQUE (workspace_id, id),
            CONSTRAINT category_parent FOREIGN KEY (workspace_id, parent_id)
                REFERENCES categories (workspace_id, id),
            CONSTRAINT category_not_its_own_parent CHECK (parent_id <> id)
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX category_name_among_siblings
        ON categories (workspace_id, parent_id, lower(name)) NULLS NOT DISTINCT
    """)
    op.execute("CREATE UNIQUE INDEX category_external_id ON categories (workspace_id, external_id)")
    op.execute("CREATE INDEX categories_page ON categories (workspace_id, id)")
    isolate("categories")
    op.execute("""
        CREATE TABLE items (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            version integer NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            sku text NOT NULL,
            external_id text,
            name text NOT NULL,
            description text,
            category_id uuid,
            brand text,
            model text,
            manufacturer text,
            serial_number text,
            barcode text,
            is_insured boolean NOT NULL,
            warranty_details text,
            lifetime_warranty boolean NOT NULL,
            min_stock_level integer NOT NULL CHECK (min_stock_level >= 0),
            needs_review boolean NOT NULL,
            attributes jsonb NOT NULL,
            is_archived boolean NOT NULL,
            UNIQUE (workspace_id, id),
            CONSTRAINT item_category FOREIGN KEY (workspace_id, category_id)
                REFERENCES categories (workspace_id, id)
        )
    """)
    op.execute("CREATE UNIQUE INDEX item_sku ON items (workspace_id, sku)")
    op.execute("CREATE UNIQUE INDEX item_external_id ON items (workspace_id, external_id)")
    op.execute("""
        CREATE UNIQUE INDEX item_barcode ON items (workspace_id, barcode) WHERE NOT is_archived
    """)
    op.execute("CREATE INDEX items_page ON items (workspace_id, id)")
    op.execute("CREATE INDEX items_in_category ON items (workspace_id, category_id, id)")
    isolate("items")
    op.execute("""
        CREATE TABLE stocked_entries (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            version integer NOT NULL,
            item_id uuid NOT NULL,
            is_archived boolean NOT NULL
        )
    """)
    op.execute("CREATE INDEX stocked_entries_of_item ON stocked_entries (workspace_id, item_id)")
    isolate("stocked_entries")


def downgrade() -> None:
    for table in ("stocked_entries", "items", "categories"):
        op.execute(f"DROP TABLE {table}")
    drop_backbone()
