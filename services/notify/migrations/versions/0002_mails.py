"""Mails on their way."""

from alembic import op

from chassis.migrations import isolate

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # `due_at` is when to look at a mail that waits: now, after a pause, or when the lease of a
    # worker ends. A mail that belongs to no workspace is for the whole service's sessions alone.
    op.execute("""
        CREATE TABLE mails (
            id uuid PRIMARY KEY,
            workspace_id uuid,
            user_id uuid,
            email text NOT NULL,
            full_name text NOT NULL,
            language text NOT NULL,
            template text NOT NULL,
            facts json NOT NULL,
            sealed text,
            expires_at timestamptz,
            give_up_at timestamptz NOT NULL,
            state text NOT NULL DEFAULT 'waiting'
                CHECK (state IN ('waiting', 'sent', 'failed')),
            attempts integer NOT NULL DEFAULT 0,
            due_at timestamptz DEFAULT now(),
            error text,
            created_at timestamptz NOT NULL,
            done_at timestamptz,
            CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
            CHECK ((state = 'waiting') = (done_at IS NULL)),
            CHECK (state = 'waiting' OR sealed IS NULL)
        )
    """)
    op.execute("CREATE INDEX mails_due ON mails (due_at) WHERE due_at IS NOT NULL")
    op.execute("CREATE INDEX mails_done ON mails (done_at) WHERE done_at IS NOT NULL")
    isolate("mails")


def downgrade() -> None:
    op.execute("DROP TABLE mails")
