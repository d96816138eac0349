"""Which item goes on for one that was merged."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE known_items ADD COLUMN into_id uuid")


def downgrade() -> None:
    op.execute("ALTER TABLE known_items DROP COLUMN into_id")
