"""Lists of a small workspace beside large ones are read in their order: see `level_wall`."""

from chassis.migrations import level_wall

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    level_wall("entries")


def downgrade() -> None:
    level_wall("entries", undone=True)
