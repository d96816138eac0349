"""Imports: how far each is, and what a dry run would have made."""

from chassis.migrations import drop_import_memory, import_memory

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    import_memory()


def downgrade() -> None:
    drop_import_memory()
