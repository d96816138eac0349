"""Custom fields, and what became of merged items."""

from alembic import op

from chassis.migrations import isolate

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE custom_fields (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            version integer NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            category_id uuid,
            name text NOT NULL CHECK (strpos(name, '.') = 0),
            label text,
            description text,
            value_type text NOT NULL CHECK (value_type IN
                ('text', 'integer', 'decimal', 'boolean', 'date', 'enum', 'url')),
            unit text,
            options text[] NOT NULL CHECK ((value_type = 'enum') = (cardinality(options) > 0)),
            is_required boolean NOT NULL,
            position integer NOT NULL CHECK (position >= 0),
            is_archived boolean NOT NULL,
            UNIQUE (workspace_id, id),
            CONSTRAINT custom_field_category FOREIGN KEY (workspace_id, category_id)
                REFERENCES categories (workspace_id, id)
        )
    """)
    op.execute("CREATE UNIQUE INDEX custom_field_name ON custom_fields (workspace_id, lower(name))")
    op.execute("CREATE INDEX custom_fields_of ON custom_fields (workspace_id, category_id)")
    isolate("custom_fields")
    # A workspace that never decided has no row.
    op.execute("""
        CREATE TABLE custom_field_policies (
            workspace_id uuid PRIMARY KEY,
            version integer NOT NULL,
            only_defined boolean NOT NULL,
            updated_at timestamptz NOT NULL
        )
    """)
    isolate("custom_field_policies")
    # For who reads without row-level security in between (as search does): its policies keep an
    # index from operators that could leak what they see, and `@>` counts as one. Most items have no
    # attributes, and cost it nothing.
    op.execute("""
        CREATE INDEX items_with_attributes ON items USING gin (attributes jsonb_path_ops)
        WHERE attributes <> '{}'
    """)
    op.execute("""
        CREATE TABLE merged_items (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            into_id uuid NOT NULL,
            merged_at timestamptz NOT NULL,
            CONSTRAINT merged_item_into FOREIGN KEY (workspace_id, into_id)
                REFERENCES items (workspace_id, id) ON DELETE CASCADE
        )
    """)
    op.execute("CREATE INDEX merged_items_into ON merged_items (workspace_id, into_id)")
    isolate("merged_items")


def downgrade() -> None:
    op.execute("DROP TABLE merged_items")
    op.execute("DROP INDEX items_with_attributes")
    op.execute("DROP TABLE custom_field_policies")
    op.execute("DROP TABLE custom_fields")
