"""The feed of changes."""

from chassis.migrations import drop_feed, feed

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = {
    "borrower": "borrowers",
    "loan": "loans",
}


def upgrade() -> None:
    feed(_TABLES)


def downgrade() -> None:
    drop_feed()
