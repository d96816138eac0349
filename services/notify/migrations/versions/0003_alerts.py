"""Alerts: those of what ends and is due go to the inbox as it is; low stock is told as `told_low`
says, since what passes from one entry to another is not low in between."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE items ADD COLUMN told_low boolean NOT NULL DEFAULT false")
    op.execute("SELECT set_config('warehouse.scope', 'system', true)")
    op.execute("UPDATE items SET told_low = true WHERE is_low")
    op.execute("ALTER TABLE items DROP COLUMN is_low")


def downgrade() -> None:
    op.execute("""
        ALTER TABLE items DROP COLUMN told_low, ADD COLUMN is_low boolean NOT NULL
            GENERATED ALWAYS AS (is_in_use AND was_stocked AND units < min_stock_level) STORED
    """)
