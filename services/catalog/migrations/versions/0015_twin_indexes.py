"""Three tables kept the index of their unique (workspace_id, id) twice: each row written paid for
both."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TABLES = ("categories", "items", "imports")


def upgrade() -> None:
    for table in _TABLES:
        op.execute(f"DROP INDEX {table}_page")


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"CREATE INDEX {table}_page ON {table} (workspace_id, id)")
