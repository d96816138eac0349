"""What merged items went by is kept: files name them for long after."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE merged_items ADD COLUMN sku text, ADD COLUMN external_id text")
    for code in ("sku", "external_id"):
        op.execute(
            f"CREATE INDEX merged_items_{code} ON merged_items (workspace_id, {code}) "
            f"WHERE {code} IS NOT NULL"
        )


def downgrade() -> None:
    op.execute("ALTER TABLE merged_items DROP COLUMN sku, DROP COLUMN external_id")
