"""Short codes, and who may resolve them: members, as inventory hears of them."""

from alembic import op

from chassis.migrations import isolate

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_CODED = {"locations": "location", "containers": "container", "entries": "entry"}
# A function, since a policy that names the table itself would keep it from being replaced by a
# rebuilt one.
_MINE = """
    CREATE FUNCTION workspaces_of_user() RETURNS SETOF uuid STABLE LANGUAGE sql AS $$
        SELECT m.workspace_id FROM members m
        WHERE m.is_current
          AND m.user_id = nullif(current_setting('warehouse.user_id', true), '')::uuid
    $$
"""


def upgrade() -> None:
    op.execute("""
        CREATE TABLE members (
            workspace_id uuid NOT NULL,
            user_id uuid NOT NULL,
            member_id uuid NOT NULL,
            version integer NOT NULL,
            location_ids uuid[],
            is_current boolean NOT NULL,
            PRIMARY KEY (user_id, workspace_id)
        )
    """)
    op.execute("CREATE INDEX members_of ON members (workspace_id)")
    isolate("members", personal=True)
    op.execute("CREATE TABLE deleted_workspaces (workspace_id uuid PRIMARY KEY)")
    isolate("deleted_workspaces")
    # A code is looked up without a workspace, hence its key; and it is nobody else's ever after.
    op.execute("""
        CREATE TABLE short_codes (
            code text CHECK (code ~ '^[A-Z0-9]{4,12}$'),
            id uuid NOT NULL UNIQUE,
            workspace_id uuid NOT NULL,
            version integer NOT NULL,
            is_made boolean NOT NULL,
            state text NOT NULL CHECK (state IN ('unused', 'claimed')),
            kind text CHECK (kind IN ('item', 'entry', 'location', 'container')),
            target_id uuid,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            CONSTRAINT short_codes_pkey PRIMARY KEY (code),
            UNIQUE (workspace_id, code),
            CONSTRAINT short_code_is_on_what_claimed_it CHECK (
                (state = 'claimed') = (kind IS NOT NULL) AND (kind IS NULL) = (target_id IS NULL)
            )
        )
    """)
    op.execute("CREATE INDEX short_codes_of ON short_codes (workspace_id, id)")
    op.execute("""
        CREATE UNIQUE INDEX short_code_of ON short_codes (workspace_id, kind, target_id)
        WHERE kind IS NOT NULL
    """)
    op.execute("""
        CREATE INDEX short_codes_unused ON short_codes (workspace_id, id) WHERE state = 'unused'
    """)
    isolate("short_codes")
    op.execute(_MINE)
    op.execute("""
        CREATE POLICY mine ON short_codes FOR SELECT
        USING (workspace_id IN (SELECT workspaces_of_user()))
    """)
    for table, name in _CODED.items():
        # At the end of the transaction: a thing and its code are written in either order.
        op.execute(f"""
            ALTER TABLE {table} ADD CONSTRAINT {name}_short_code
            FOREIGN KEY (workspace_id, short_code) REFERENCES short_codes (workspace_id, code)
            DEFERRABLE INITIALLY DEFERRED
        """)


def downgrade() -> None:
    op.execute("SELECT set_config('warehouse.scope', 'system', true)")  # of every workspace
    for table, name in _CODED.items():
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}_short_code")
        op.execute(f"UPDATE {table} SET short_code = NULL WHERE short_code IS NOT NULL")
    op.execute("DROP POLICY mine ON short_codes")
    op.execute("DROP FUNCTION workspaces_of_user")
    for table in ("short_codes", "deleted_workspaces", "members"):
        op.execute(f"DROP TABLE {table}")
