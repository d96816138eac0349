"""Sign-in at other providers."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE users ADD COLUMN IF NOT EXISTS email_verified_at timestamptz")
    op.execute("""
        CREATE TABLE identities (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES users (id),
            provider text NOT NULL,
            subject text NOT NULL,
            email text NOT NULL,
            created_at timestamptz NOT NULL,
            last_used_at timestamptz NOT NULL,
            CONSTRAINT identity_once UNIQUE (provider, subject)
        )
    """)
    op.execute("CREATE INDEX identities_of_user ON identities (user_id, id)")
    op.execute("""
        CREATE TABLE oidc_attempts (
            state_hash bytea PRIMARY KEY,
            provider text NOT NULL,
            secret_hash bytea NOT NULL,
            nonce_hash bytea NOT NULL,
            code_verifier text NOT NULL,
            redirect_uri text NOT NULL,
            expires_at timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX oidc_attempts_expire ON oidc_attempts (expires_at)")


def downgrade() -> None:
    op.execute("DROP TABLE oidc_attempts")
    op.execute("DROP TABLE identities")
