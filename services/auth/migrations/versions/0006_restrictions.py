"""Members restricted to location subtrees."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The locations are inventory's: whether they exist is not known here.
    op.execute("""
        ALTER TABLE members
            ADD COLUMN location_ids uuid[] CHECK (cardinality(location_ids) BETWEEN 1 AND 20),
            ADD CONSTRAINT member_restriction
                CHECK (location_ids IS NULL OR role IN ('viewer', 'member'))
    """)


def downgrade() -> None:
    op.execute("ALTER TABLE members DROP COLUMN location_ids")
