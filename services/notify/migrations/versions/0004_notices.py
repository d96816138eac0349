"""Notices, kept for those whom they are meant for and who are heard of later."""

from alembic import op

from chassis.migrations import isolate

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE notices (
            workspace_id uuid NOT NULL,
            event_id uuid NOT NULL,
            reader text NOT NULL,
            borrower_id uuid,
            except_user_id uuid,
            type text NOT NULL,
            title text NOT NULL,
            message text NOT NULL,
            link text NOT NULL,
            happened_at timestamptz NOT NULL,
            posted_at timestamptz NOT NULL,
            PRIMARY KEY (event_id, reader)
        )
    """)
    op.execute("CREATE INDEX notices_since ON notices (workspace_id, happened_at)")
    op.execute("CREATE INDEX notices_posted ON notices (posted_at)")
    isolate("notices")


def downgrade() -> None:
    op.execute("DROP TABLE notices")
