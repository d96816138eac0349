"""The inbox, the audience, stock levels, and the backbone."""

from alembic import op

from chassis.migrations import backbone, drop_backbone, isolate

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    backbone()
    op.execute("""
        CREATE TABLE notifications (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            user_id uuid NOT NULL,
            event_id uuid NOT NULL,
            type text NOT NULL,
            title text NOT NULL,
            message text NOT NULL,
            link text NOT NULL,
            read_at timestamptz,
            created_at timestamptz NOT NULL,
            CONSTRAINT notification_once UNIQUE (event_id, user_id)
        )
    """)
    op.execute("CREATE INDEX notifications_page ON notifications (user_id, id)")
    op.execute("""
        CREATE INDEX notifications_unread ON notifications (user_id, id) WHERE read_at IS NULL
    """)
    isolate("notifications", personal=True)
    _audience()
    _stock()


def _audience() -> None:
    op.execute("""
        CREATE TABLE workspaces (
            workspace_id uuid PRIMARY KEY,
            version integer NOT NULL,
            name text NOT NULL,
            timezone text NOT NULL,
            is_deleted boolean NOT NULL
        )
    """)
    isolate("workspaces")
    op.execute("""
        CREATE TABLE members (
            workspace_id uuid NOT NULL,
            user_id uuid NOT NULL,
            member_id uuid NOT NULL,
            version integer NOT NULL,
            role text NOT NULL,
            joined_at timestamptz NOT NULL,
            is_current boolean NOT NULL,
            PRIMARY KEY (workspace_id, user_id)
        )
    """)
    isolate("members", personal=True)
    op.execute("""
        CREATE TABLE borrowers (
            workspace_id uuid NOT NULL,
            id uuid NOT NULL,
            version integer NOT NULL,
            user_id uuid,
            PRIMARY KEY (workspace_id, id)
        )
    """)
    isolate("borrowers")


def _stock() -> None:
    op.execute("""
        CREATE TABLE entries (
            workspace_id uuid NOT NULL,
            id uuid NOT NULL,
            version integer NOT NULL,
            item_id uuid NOT NULL,
            units integer NOT NULL,
            PRIMARY KEY (workspace_id, id)
        )
    """)
    isolate("entries")
    # An item heard of through its stock alone has version 0 and is not in use yet.
    op.execute("""
        CREATE TABLE items (
            workspace_id uuid NOT NULL,
            id uuid NOT NULL,
            version integer NOT NULL,
            name text NOT NULL DEFAULT '',
            min_stock_level integer NOT NULL DEFAULT 0,
            is_in_use boolean NOT NULL DEFAULT false,
            was_stocked boolean NOT NULL DEFAULT false,
            units bigint NOT NULL DEFAULT 0,
            is_low boolean NOT NULL
                GENERATED ALWAYS AS (is_in_use AND was_stocked AND units < min_stock_level) STORED,
            PRIMARY KEY (workspace_id, id)
        )
    """)
    isolate("items")


def downgrade() -> None:
    for table in ("items", "entries", "borrowers", "members", "workspaces", "notifications"):
        op.execute(f"DROP TABLE {table}")
    drop_backbone()
