"""Labels and companies, and what items say of them."""

from alembic import op

from chassis.migrations import isolate

revision = "0002"
down_revision = "0001"
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
    op.execute(f"""
        CREATE TABLE labels (
            {_AGGREGATE},
            name text NOT NULL,
            color text NOT NULL CHECK (color ~ '^#[0-9A-F]{{6}}$'),
            description text,
            external_id text,
            is_archived boolean NOT NULL
        )
    """)
    op.execute("CREATE UNIQUE INDEX label_name ON labels (workspace_id, lower(name))")
    op.execute("CREATE UNIQUE INDEX label_external_id ON labels (workspace_id, external_id)")
    isolate("labels")
    op.execute(f"""
        CREATE TABLE companies (
            {_AGGREGATE},
            name text NOT NULL,
            website text,
            notes text,
            external_id text,
            is_archived boolean NOT NULL
        )
    """)
    op.execute("CREATE UNIQUE INDEX company_name ON companies (workspace_id, lower(name))")
    op.execute("CREATE UNIQUE INDEX company_external_id ON companies (workspace_id, external_id)")
    isolate("companies")
    op.execute("""
        ALTER TABLE items
            ADD COLUMN labels uuid[] NOT NULL DEFAULT '{}',
            ADD COLUMN purchased_from uuid,
            ADD COLUMN image uuid,
            ADD CONSTRAINT item_purchased_from FOREIGN KEY (workspace_id, purchased_from)
                REFERENCES companies (workspace_id, id)
    """)
    op.execute("CREATE INDEX items_with_labels ON items USING gin (labels)")
    op.execute("""
        CREATE INDEX items_purchased_from ON items (workspace_id, purchased_from)
        WHERE purchased_from IS NOT NULL
    """)


def downgrade() -> None:
    op.execute("""
        ALTER TABLE items DROP COLUMN labels, DROP COLUMN purchased_from, DROP COLUMN image
    """)
    op.execute("DROP TABLE companies")
    op.execute("DROP TABLE labels")
