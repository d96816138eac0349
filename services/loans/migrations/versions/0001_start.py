"""Borrowers, loans, their returns and reminders, the read model, and the backbone."""

from alembic import op

from chassis.migrations import backbone, drop_backbone, isolate

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_AGGREGATE = """
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (workspace_id, id)
"""


def upgrade() -> None:
    backbone()
    _borrowers()
    _loans()
    _decisions()
    _reminders()
    _known()


def _borrowers() -> None:
    op.execute(f"""
        CREATE TABLE borrowers (
            {_AGGREGATE},
            name text NOT NULL,
            external_id text,
            email text,
            phone text,
            notes text,
            user_id uuid,
            is_archived boolean NOT NULL
        )
    """)
    op.execute("CREATE UNIQUE INDEX borrower_external_id ON borrowers (workspace_id, external_id)")
    isolate("borrowers")


def _loans() -> None:
    op.execute(f"""
        CREATE TABLE loans (
            {_AGGREGATE},
            inventory_id uuid NOT NULL,
            borrower_id uuid NOT NULL,
            item_id uuid,
            location_id uuid,
            quantity integer NOT NULL CHECK (quantity >= 1),
            returned_quantity integer NOT NULL
                CHECK (returned_quantity BETWEEN 0 AND quantity),
            loaned_at timestamptz NOT NULL,
            due_at timestamptz CHECK (due_at >= loaned_at),
            returned_at timestamptz CHECK ((returned_at IS NOT NULL) = (status = 'returned')),
            notes text,
            status text NOT NULL CHECK (status IN (
                'requested', 'active', 'partially_returned', 'returned', 'rejected', 'cancelled'
            )),
            rejection jsonb CHECK ((rejection IS NOT NULL) = (status = 'rejected')),
            remind_at timestamptz
                CHECK (remind_at IS NULL OR status IN ('active', 'partially_returned')),
            CONSTRAINT loan_borrower FOREIGN KEY (workspace_id, borrower_id)
                REFERENCES borrowers (workspace_id, id),
            CONSTRAINT loan_returned_in_part CHECK (
                CASE status
                    WHEN 'returned' THEN returned_quantity = quantity
                    WHEN 'partially_returned' THEN returned_quantity BETWEEN 1 AND quantity - 1
                    ELSE returned_quantity = 0
                END
            )
        )
    """)
    for column in ("borrower_id", "inventory_id", "item_id", "status"):
        op.execute(f"CREATE INDEX loans_by_{column} ON loans (workspace_id, {column}, id)")
    op.execute("""
        CREATE INDEX loans_out_by_due_at ON loans (workspace_id, due_at)
        WHERE status IN ('active', 'partially_returned')
    """)
    op.execute("CREATE INDEX loans_to_remind ON loans (remind_at) WHERE remind_at IS NOT NULL")
    isolate("loans")
    op.execute("""
        CREATE TABLE loan_returns (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            loan_id uuid NOT NULL,
            quantity integer NOT NULL CHECK (quantity >= 1),
            condition text,
            notes text,
            returned_at timestamptz NOT NULL,
            CONSTRAINT return_loan FOREIGN KEY (workspace_id, loan_id)
                REFERENCES loans (workspace_id, id)
        )
    """)
    op.execute("CREATE INDEX returns_of_loan ON loan_returns (workspace_id, loan_id, id)")
    isolate("loan_returns")


def _decisions() -> None:
    """Whoever waits for a loan's outcome is told on commit, in whichever process they wait."""
    op.execute("""
        CREATE FUNCTION tell_loan_decided() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('loan_decided', NEW.id::text);
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER loan_decided AFTER UPDATE OF status ON loans FOR EACH ROW
        WHEN (OLD.status = 'requested' AND NEW.status <> 'requested')
        EXECUTE FUNCTION tell_loan_decided()
    """)


def _reminders() -> None:
    op.execute("""
        CREATE TABLE loan_reminders (
            workspace_id uuid NOT NULL,
            loan_id uuid NOT NULL,
            due_at timestamptz NOT NULL,
            kind text NOT NULL,
            reminded_at timestamptz NOT NULL,
            PRIMARY KEY (loan_id, due_at, kind),
            CONSTRAINT reminder_loan FOREIGN KEY (workspace_id, loan_id)
                REFERENCES loans (workspace_id, id)
        )
    """)
    isolate("loan_reminders")


def _known() -> None:
    known = """
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL,
        version integer NOT NULL
    """
    op.execute(f"""
        CREATE TABLE known_entries (
            {known}, item_id uuid NOT NULL, location_id uuid NOT NULL
        )
    """)
    op.execute(f"CREATE TABLE known_items ({known}, name text NOT NULL, sku text NOT NULL)")
    op.execute(f"CREATE TABLE known_locations ({known}, name text NOT NULL)")
    for table in ("known_entries", "known_items", "known_locations"):
        isolate(table)


def downgrade() -> None:
    for table in ("known_locations", "known_items", "known_entries"):
        op.execute(f"DROP TABLE {table}")
    for table in ("loan_reminders", "loan_returns", "loans", "borrowers"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION tell_loan_decided")
    drop_backbone()
