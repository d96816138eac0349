"""What guards an account: one-time tokens, second factors, throttling."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE users ADD email_verified_at timestamptz, ADD deleted_at timestamptz")
    op.execute("""
        UPDATE users SET deleted_at = updated_at WHERE email = id::text || '@deleted.invalid'
    """)
    op.execute("""
        CREATE TABLE one_time_tokens (
            token_hash bytea PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES users (id),
            purpose text NOT NULL CHECK (purpose IN ('verify_email', 'password_reset')),
            email text NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX one_time_tokens_of_user ON one_time_tokens (user_id)")
    op.execute("""
        CREATE TABLE second_factors (
            user_id uuid PRIMARY KEY REFERENCES users (id),
            sealed_secret text NOT NULL,
            created_at timestamptz NOT NULL,
            confirmed_at timestamptz,
            last_step bigint NOT NULL
        )
    """)
    op.execute("""
        CREATE TABLE recovery_codes (
            code_hash bytea PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES second_factors (user_id) ON DELETE CASCADE
        )
    """)
    op.execute("CREATE INDEX recovery_codes_of_user ON recovery_codes (user_id)")
    op.execute("""
        CREATE TABLE throttles (
            key bytea PRIMARY KEY,
            drained_at timestamptz NOT NULL
        ) WITH (fillfactor = 70)
    """)


def downgrade() -> None:
    for table in ("throttles", "recovery_codes", "second_factors", "one_time_tokens"):
        op.execute(f"DROP TABLE {table}")
    op.execute("ALTER TABLE users DROP email_verified_at, DROP deleted_at")
