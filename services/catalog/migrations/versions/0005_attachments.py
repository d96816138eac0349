"""Attachments, and the contents that are kept for them."""

from alembic import op

from chassis.migrations import isolate

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # One row for each content that is in the store or may be: made before it is put there.
    # `sweep_after`: when to look whether anything still needs it; null: something did. One that is
    # `leaving` is about to be removed, and nothing takes it any more.
    op.execute("""
        CREATE TABLE attachment_contents (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            sha256 text NOT NULL,
            is_stored boolean NOT NULL DEFAULT false,
            is_leaving boolean NOT NULL DEFAULT false,
            sweep_after timestamptz,
            UNIQUE (workspace_id, id)
        )
    """)
    op.execute("""
        CREATE INDEX attachment_contents_alike ON attachment_contents (workspace_id, sha256)
        WHERE is_stored AND NOT is_leaving
    """)
    op.execute("""
        CREATE INDEX attachment_contents_to_sweep ON attachment_contents (sweep_after)
        WHERE sweep_after IS NOT NULL
    """)
    isolate("attachment_contents")
    op.execute("""
        CREATE TABLE attachments (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            version integer NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            item_id uuid NOT NULL,
            content_id uuid NOT NULL,
            kind text NOT NULL CHECK (kind IN ('photo', 'manual', 'receipt', 'warranty', 'other')),
            title text NOT NULL,
            caption text,
            file_name text NOT NULL,
            media_type text NOT NULL,
            size bigint NOT NULL CHECK (size > 0),
            sha256 text NOT NULL,
            width integer,
            height integer,
            position integer NOT NULL CHECK (position > 0),
            is_primary boolean NOT NULL,
            UNIQUE (workspace_id, id),
            CONSTRAINT attachment_item FOREIGN KEY (workspace_id, item_id)
                REFERENCES items (workspace_id, id),
            CONSTRAINT attachment_content FOREIGN KEY (workspace_id, content_id)
                REFERENCES attachment_contents (workspace_id, id),
            CONSTRAINT attachment_position UNIQUE (workspace_id, item_id, position)
                DEFERRABLE INITIALLY DEFERRED,
            CONSTRAINT attachment_primary_is_a_photo CHECK (NOT is_primary OR kind = 'photo')
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX attachment_primary ON attachments (workspace_id, item_id)
        WHERE is_primary
    """)
    op.execute("CREATE INDEX attachments_of_content ON attachments (workspace_id, content_id)")
    # With the size, which is summed up for the quota.
    op.execute("CREATE INDEX attachments_page ON attachments (workspace_id, id) INCLUDE (size)")
    isolate("attachments")


def downgrade() -> None:
    op.execute("SELECT set_config('warehouse.scope', 'system', true)")
    op.execute("UPDATE items SET image = NULL WHERE image IS NOT NULL")
    op.execute("DROP TABLE attachments")
    op.execute("DROP TABLE attachment_contents")
