"""Lists of a small workspace beside large ones are read in their order: see `level_wall`."""

from chassis.migrations import level_wall

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    level_wall("items")


def downgrade() -> None:
    level_wall("items", undone=True)
