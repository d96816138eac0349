"""Imports: jobs, their files, the chunks on their way, and what is wrong with rows."""

from alembic import op

from chassis.migrations import isolate

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = ("imports", "import_parts", "import_chunks", "import_faults", "import_seen")


def upgrade() -> None:
    op.execute("""
        CREATE TABLE imports (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            version integer NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            requested_by uuid NOT NULL,
            kind text NOT NULL,
            map text NOT NULL,
            key_field text,
            dry_run boolean NOT NULL,
            create_missing boolean NOT NULL,
            wanted jsonb NOT NULL,
            file_name text NOT NULL,
            file_size bigint NOT NULL,
            form jsonb NOT NULL,
            headings jsonb NOT NULL,
            columns jsonb NOT NULL,
            ignored_columns jsonb NOT NULL,
            state text NOT NULL
                CHECK (state IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
            ending text CHECK (ending IN ('completed', 'failed', 'cancelled')),
            failure text,
            rows_read integer NOT NULL,
            rows_applied integer NOT NULL,
            rows_failed integer NOT NULL,
            tallies jsonb NOT NULL,
            chunks_prepared integer NOT NULL,
            chunks_applied integer NOT NULL,
            started_at timestamptz,
            finished_at timestamptz,
            leased_by uuid,
            leased_until timestamptz,
            UNIQUE (workspace_id, id)
        )
    """)
    op.execute("CREATE INDEX imports_page ON imports (workspace_id, id)")
    op.execute("""
        CREATE INDEX imports_unfinished ON imports (workspace_id, id)
        WHERE state IN ('queued', 'running')
    """)
    op.execute("""
        CREATE TABLE import_parts (
            workspace_id uuid NOT NULL,
            import_id uuid NOT NULL,
            number integer NOT NULL,
            content bytea NOT NULL,
            PRIMARY KEY (workspace_id, import_id, number),
            CONSTRAINT import_part_import FOREIGN KEY (workspace_id, import_id)
                REFERENCES imports (workspace_id, id) ON DELETE CASCADE
        )
    """)
    op.execute("ALTER TABLE import_parts ALTER COLUMN content SET STORAGE EXTERNAL")
    op.execute("""
        CREATE TABLE import_chunks (
            workspace_id uuid NOT NULL,
            import_id uuid NOT NULL,
            number integer NOT NULL,
            rows integer NOT NULL,
            cells bytea,
            by_inventory boolean NOT NULL,
            by_loans boolean NOT NULL,
            PRIMARY KEY (workspace_id, import_id, number),
            CONSTRAINT import_chunk_import FOREIGN KEY (workspace_id, import_id)
                REFERENCES imports (workspace_id, id) ON DELETE CASCADE
        )
    """)
    op.execute("""
        CREATE TABLE import_faults (
            workspace_id uuid NOT NULL,
            import_id uuid NOT NULL,
            number integer NOT NULL,
            field text NOT NULL,
            message text NOT NULL,
            cells jsonb NOT NULL,
            CONSTRAINT import_fault_import FOREIGN KEY (workspace_id, import_id)
                REFERENCES imports (workspace_id, id) ON DELETE CASCADE
        )
    """)
    op.execute("CREATE INDEX import_faults_of ON import_faults (workspace_id, import_id, number)")
    op.execute("""
        CREATE TABLE import_seen (
            workspace_id uuid NOT NULL,
            import_id uuid NOT NULL,
            kind text NOT NULL,
            name text NOT NULL,
            PRIMARY KEY (workspace_id, import_id, kind, name),
            CONSTRAINT import_seen_import FOREIGN KEY (workspace_id, import_id)
                REFERENCES imports (workspace_id, id) ON DELETE CASCADE
        )
    """)
    for table in _TABLES:
        isolate(table)
    # Rows of files find items by name, whatever the case. An index on the expression would be none:
    # behind row-level security `lower`, which is not leakproof, is compared row by row.
    op.execute(
        "ALTER TABLE items ADD COLUMN called text NOT NULL GENERATED ALWAYS AS (lower(name)) STORED"
    )
    op.execute("CREATE INDEX items_called ON items (workspace_id, called)")


def downgrade() -> None:
    op.execute("ALTER TABLE items DROP COLUMN called")
    for table in reversed(_TABLES):
        op.execute(f"DROP TABLE {table}")
