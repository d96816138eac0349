"""Workspaces as catalog knows them: their currency is that of prices that come without one."""

from alembic import op

from chassis.migrations import isolate

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE known_workspaces (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            version integer NOT NULL,
            currency text NOT NULL
        )
    """)
    isolate("known_workspaces")


def downgrade() -> None:
    op.execute("DROP TABLE known_workspaces")
