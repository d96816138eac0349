"""Words lead to items and to known words by themselves, whatever else the workspace has."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


# The workspace of the session, in a form that no index serves: each word begins with its workspace,
# and going through all of that once more, in another index, took longer than all the rest.
_WORKSPACE = "nullif(current_setting('warehouse.workspace_id', true), '')::uuid"
_VIEW = "CREATE OR REPLACE VIEW searchable_items AS SELECT * FROM items WHERE workspace_id"


def upgrade() -> None:
    op.execute(f"{_VIEW} IS NOT DISTINCT FROM (SELECT {_WORKSPACE})")
    # By workspace first, reading all words of one seemed cheaper than the index on keys.
    op.execute("""
        ALTER TABLE search_words DROP CONSTRAINT search_words_pkey,
        ADD PRIMARY KEY (word, workspace_id)
    """)
    # Statistics of keys, of which nearly each is in few words, make that index look dear.
    op.execute("ALTER TABLE search_words ALTER keys SET STATISTICS 0")
    op.execute("""
        SELECT pg_clear_attribute_stats(
            current_schema()::text, 'search_words', 'keys', false
        )
    """)


def downgrade() -> None:
    op.execute(f"{_VIEW} = {_WORKSPACE}")
    op.execute("ALTER TABLE search_words ALTER keys SET STATISTICS DEFAULT")
    op.execute("""
        ALTER TABLE search_words DROP CONSTRAINT search_words_pkey,
        ADD PRIMARY KEY (workspace_id, word)
    """)
