"""The feed of changes."""

from chassis.migrations import drop_feed, feed

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TABLES = {
    "item": "items",
    "category": "categories",
    "label": "labels",
    "company": "companies",
    "wish": "wishes",
    "custom_field": "custom_fields",
}


def upgrade() -> None:
    feed(_TABLES)


def downgrade() -> None:
    drop_feed()
