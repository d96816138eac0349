"""Users, sessions, workspaces, members, and the backbone."""

from alembic import op

from chassis.migrations import backbone, drop_backbone, isolate

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    backbone()
    op.execute("""
        CREATE TABLE users (
            id uuid PRIMARY KEY,
            version integer NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            email text NOT NULL,
            full_name text NOT NULL,
            password_hash text NOT NULL,
            is_active boolean NOT NULL,
            language text NOT NULL,
            timezone text NOT NULL,
            date_format text NOT NULL,
            time_format text NOT NULL,
            theme text NOT NULL
        )
    """)
    op.execute("CREATE UNIQUE INDEX user_email ON users (lower(email))")
    op.execute("""
        CREATE TABLE sessions (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES users (id),
            created_at timestamptz NOT NULL,
            last_active_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            device text NOT NULL,
            ip text NOT NULL,
            user_agent text NOT NULL,
            family_hash bytea NOT NULL,
            generation integer NOT NULL,
            rotated_at timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX sessions_of_user ON sessions (user_id, id)")
    op.execute("CREATE INDEX sessions_expire ON sessions (expires_at)")
    op.execute("""
        CREATE TABLE issued_tokens (
            token_hash bytea PRIMARY KEY,
            session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
            generation integer NOT NULL
        )
    """)
    op.execute("CREATE INDEX issued_tokens_of_session ON issued_tokens (session_id)")
    op.execute("""
        CREATE TABLE revoked_sessions (
            session_id uuid PRIMARY KEY,
            user_id uuid NOT NULL,
            reason text NOT NULL,
            revoked_at timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX revoked_sessions_recent ON revoked_sessions (revoked_at)")
    op.execute("""
        CREATE TABLE workspaces (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL UNIQUE CHECK (workspace_id = id),
            version integer NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            name text NOT NULL,
            slug text NOT NULL,
            description text,
            currency text NOT NULL,
            timezone text NOT NULL,
            is_personal boolean NOT NULL,
            personal_of uuid REFERENCES users (id),
            CHECK (is_personal = (personal_of IS NOT NULL))
        )
    """)
    op.execute("CREATE UNIQUE INDEX workspace_slug ON workspaces (slug)")
    op.execute("""
        CREATE TABLE members (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL REFERENCES workspaces (workspace_id) ON DELETE CASCADE,
            version integer NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            user_id uuid NOT NULL REFERENCES users (id),
            role text NOT NULL CHECK (role IN ('viewer', 'member', 'admin', 'owner')),
            invited_by uuid,
            CONSTRAINT member_once UNIQUE (workspace_id, user_id)
        )
    """)
    op.execute("CREATE INDEX members_of_user ON members (user_id, workspace_id)")
    isolate("members", personal=True)
    isolate("workspaces")
    # One's own workspaces, whichever: memberships seen here are one's own by their own policy.
    op.execute("""
        CREATE POLICY mine ON workspaces FOR SELECT USING (
            EXISTS (
                SELECT FROM members m WHERE m.workspace_id = workspaces.workspace_id
                AND m.user_id = nullif(current_setting('warehouse.user_id', true), '')::uuid
            )
        )
    """)


def downgrade() -> None:
    for table in (
        "members",
        "workspaces",
        "revoked_sessions",
        "issued_tokens",
        "sessions",
        "users",
    ):
        op.execute(f"DROP TABLE {table}")
    drop_backbone()
