"""Chunks of imports that wait for inventory's answers: what a file asks for is no loan before."""

from alembic import op

from chassis.migrations import isolate

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE loans ADD COLUMN import_id uuid, ADD COLUMN import_chunk integer,
            ADD COLUMN import_row integer
    """)
    op.execute("""
        CREATE TABLE import_outcomes (
            import_id uuid NOT NULL,
            chunk integer NOT NULL,
            workspace_id uuid NOT NULL,
            is_last boolean NOT NULL,
            tallies jsonb NOT NULL,
            faults jsonb NOT NULL,
            awaited integer NOT NULL,
            refused integer NOT NULL DEFAULT 0,
            PRIMARY KEY (import_id, chunk)
        )
    """)
    isolate("import_outcomes")


def downgrade() -> None:
    op.execute("DROP TABLE import_outcomes")
    op.execute("""
        ALTER TABLE loans DROP COLUMN import_id, DROP COLUMN import_chunk, DROP COLUMN import_row
    """)
