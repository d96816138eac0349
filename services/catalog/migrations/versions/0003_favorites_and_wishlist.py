"""Favorites and the wishlist."""

from alembic import op

from chassis.migrations import isolate

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE favorites (
            workspace_id uuid NOT NULL,
            user_id uuid NOT NULL,
            item_id uuid NOT NULL,
            id uuid NOT NULL,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (workspace_id, user_id, item_id),
            CONSTRAINT favorite_item FOREIGN KEY (workspace_id, item_id)
                REFERENCES items (workspace_id, id) ON DELETE CASCADE
        )
    """)
    op.execute("CREATE INDEX favorites_page ON favorites (workspace_id, user_id, id)")
    op.execute("CREATE INDEX favorites_of_item ON favorites (workspace_id, item_id)")
    isolate("favorites")
    op.execute("""
        CREATE TABLE wishes (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            version integer NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            name text NOT NULL,
            url text,
            price_estimate bigint CHECK (price_estimate >= 0),
            currency text CHECK (currency ~ '^[A-Z]{3}$'),
            priority smallint NOT NULL CHECK (priority BETWEEN 1 AND 5),
            notes text,
            external_id text,
            status text NOT NULL CHECK (status IN ('wanted', 'ordered', 'acquired')),
            item_id uuid,
            UNIQUE (workspace_id, id),
            CONSTRAINT wish_price_has_currency
                CHECK ((price_estimate IS NULL) = (currency IS NULL)),
            CONSTRAINT wish_item CHECK (item_id IS NULL OR status = 'acquired')
        )
    """)
    op.execute("CREATE UNIQUE INDEX wish_external_id ON wishes (workspace_id, external_id)")
    op.execute("CREATE INDEX wishes_by_status ON wishes (workspace_id, status, id)")
    isolate("wishes")


def downgrade() -> None:
    op.execute("DROP TABLE wishes")
    op.execute("DROP TABLE favorites")
