"""Signing keys, sealed."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE signing_keys (
            kid text PRIMARY KEY,
            public text NOT NULL,
            sealed text,
            created_at timestamptz NOT NULL,
            activates_at timestamptz NOT NULL,
            withdrawn_at timestamptz,
            compromised boolean NOT NULL,
            CHECK (sealed IS NOT NULL OR withdrawn_at IS NOT NULL)
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE signing_keys")
