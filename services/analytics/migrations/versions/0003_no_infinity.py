"""Dates that were stored as infinity are the days that were sent (inventory's 0011)."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SELECT set_config('warehouse.scope', 'system', true)")  # of every workspace
    op.execute("""
        UPDATE entries SET expiration_date = CASE expiration_date
            WHEN 'infinity' THEN '9999-12-31'::date ELSE '0001-01-01'::date
        END
        WHERE NOT isfinite(expiration_date)
    """)


def downgrade() -> None:
    """They stay: either version reads them."""
