"""Personal access tokens and service accounts."""

from alembic import op

from chassis.migrations import isolate

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE users ADD COLUMN kind text NOT NULL DEFAULT 'person'
        CONSTRAINT user_kind CHECK (kind IN ('person', 'service'))
    """)
    op.execute("""
        CREATE TABLE access_tokens (
            id uuid PRIMARY KEY,
            workspace_id uuid,
            version integer NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            user_id uuid NOT NULL REFERENCES users (id),
            name text NOT NULL,
            scopes text[] NOT NULL
                CHECK (cardinality(scopes) > 0 AND scopes <@ '{read,write,admin}'),
            token_hash bytea NOT NULL,
            expires_at timestamptz,
            last_used_at timestamptz,
            CONSTRAINT access_token_workspace
                FOREIGN KEY (workspace_id) REFERENCES workspaces (workspace_id)
        )
    """)
    op.execute("CREATE UNIQUE INDEX access_token_hash ON access_tokens (token_hash)")
    op.execute("CREATE INDEX access_tokens_of_user ON access_tokens (user_id, id)")
    op.execute("""
        CREATE INDEX access_tokens_of_workspace ON access_tokens (workspace_id)
        WHERE workspace_id IS NOT NULL
    """)
    op.execute("""
        CREATE INDEX access_tokens_expire ON access_tokens (expires_at)
        WHERE expires_at IS NOT NULL
    """)
    isolate("access_tokens", personal=True)


def downgrade() -> None:
    op.execute("DROP TABLE access_tokens")
    # Service accounts go with what only they could do; row-level security holds for owners, too.
    op.execute("SELECT set_config('warehouse.scope', 'system', true)")
    op.execute("DELETE FROM members WHERE user_id IN (SELECT id FROM users WHERE kind = 'service')")
    op.execute("DELETE FROM users WHERE kind = 'service'")
    op.execute("ALTER TABLE users DROP COLUMN kind")
