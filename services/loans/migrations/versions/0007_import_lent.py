"""What dry runs of imports would have lent, so that each chunk has what the earlier ones left."""

from alembic import op

from chassis.migrations import isolate

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE import_lent (
            workspace_id uuid NOT NULL,
            import_id uuid NOT NULL,
            entry_id uuid NOT NULL,
            quantity bigint NOT NULL,
            PRIMARY KEY (workspace_id, import_id, entry_id)
        )
    """)
    isolate("import_lent")


def downgrade() -> None:
    op.execute("DROP TABLE import_lent")
