"""Invitations, workspace settings, pending changes."""

from alembic import op

from chassis.migrations import isolate

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE workspaces
        ADD COLUMN settings jsonb NOT NULL DEFAULT '{"approvals": false}'
    """)
    _invitations()
    _pending_changes()


# Users are named and not referenced: a row of theirs is never deleted, and a check of it would have
# whoever invites or decides wait for one who deletes their account, and the other way round.
def _invitations() -> None:
    op.execute("""
        CREATE TABLE invitations (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL REFERENCES workspaces (workspace_id) ON DELETE CASCADE,
            version integer NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            email text NOT NULL,
            role text NOT NULL CHECK (role IN ('viewer', 'member', 'admin', 'owner')),
            status text NOT NULL CHECK (status IN ('pending', 'accepted', 'declined', 'revoked')),
            token_hash bytea NOT NULL UNIQUE,
            expires_at timestamptz NOT NULL,
            invited_by uuid NOT NULL,
            accepted_by uuid,
            CHECK ((status = 'accepted') = (accepted_by IS NOT NULL))
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX invitation_pending ON invitations (workspace_id, lower(email))
        WHERE status = 'pending'
    """)
    op.execute("CREATE INDEX invitations_page ON invitations (workspace_id, id)")
    isolate("invitations")


def _pending_changes() -> None:
    op.execute("""
        CREATE TABLE pending_changes (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL REFERENCES workspaces (workspace_id) ON DELETE CASCADE,
            version integer NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            requested_by uuid NOT NULL,
            method text NOT NULL CHECK (method IN ('POST', 'PUT', 'PATCH', 'DELETE')),
            path text NOT NULL,
            query text NOT NULL,
            body text CHECK (octet_length(body) <= 1048576),
            if_match text,
            summary text NOT NULL,
            status text NOT NULL CHECK (
                status IN ('pending', 'approved', 'applied', 'failed', 'rejected', 'cancelled')
            ),
            decided_by uuid,
            decided_at timestamptz,
            reason text,
            outcome_status smallint,
            outcome text,
            CHECK ((status = 'pending') = (decided_at IS NULL)),
            CHECK (status IN ('applied', 'failed') OR outcome_status IS NULL)
        )
    """)
    op.execute("CREATE INDEX pending_changes_page ON pending_changes (workspace_id, id)")
    op.execute("""
        CREATE INDEX pending_changes_waiting ON pending_changes (workspace_id, id)
        WHERE status = 'pending'
    """)
    op.execute("""
        CREATE INDEX pending_changes_of ON pending_changes (workspace_id, requested_by, id)
    """)
    isolate("pending_changes")


def downgrade() -> None:
    op.execute("DROP TABLE pending_changes")
    op.execute("DROP TABLE invitations")
    op.execute("ALTER TABLE workspaces DROP COLUMN settings")
