"""Repairs, maintenance schedules, and the deadlines that the clock watches.

A deadline is kept by the database itself, by triggers on the tables whose dates it watches: so no
path that sets a date, empties an entry or takes one back into use can forget it.
"""

from alembic import op

from chassis.migrations import isolate

revision = "0004"
down_revision = "0003"
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
_CONDITIONS = "('NEW', 'EXCELLENT', 'GOOD', 'FAIR', 'POOR', 'DAMAGED', 'FOR_REPAIR')"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE known_workspaces (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            version integer NOT NULL,
            timezone text NOT NULL,
            is_deleted boolean NOT NULL
        )
    """)
    isolate("known_workspaces")
    _maintenance()
    _repairs()
    _deadlines()
    for statement in _TRIGGERS:
        op.execute(statement)
    _watch_what_is_there()


def _maintenance() -> None:
    op.execute(f"""
        CREATE TABLE maintenance (
            {_AGGREGATE},
            entry_id uuid NOT NULL,
            planned_entry_id uuid NOT NULL,
            name text NOT NULL,
            every_days integer NOT NULL CHECK (every_days BETWEEN 1 AND 3650),
            counts_from text NOT NULL CHECK (counts_from IN ('done', 'due')),
            next_due date NOT NULL,
            last_done date,
            notes text,
            is_archived boolean NOT NULL,
            CONSTRAINT maintenance_entry FOREIGN KEY (workspace_id, entry_id)
                REFERENCES entries (workspace_id, id)
        )
    """)
    op.execute("CREATE INDEX maintenance_of_entry ON maintenance (workspace_id, entry_id, id)")
    op.execute("""
        CREATE INDEX maintenance_by_date ON maintenance (workspace_id, next_due)
        WHERE NOT is_archived
    """)
    isolate("maintenance")


def _repairs() -> None:
    op.execute(f"""
        CREATE TABLE repairs (
            {_AGGREGATE},
            entry_id uuid NOT NULL,
            quantity integer NOT NULL CHECK (quantity >= 1),
            description text NOT NULL,
            status text NOT NULL
                CHECK (status IN ('PENDING', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED')),
            provider text,
            cost bigint CHECK (cost >= 0),
            currency text CHECK (currency ~ '^[A-Z]{{3}}$'),
            is_warranty_claim boolean NOT NULL,
            warranty_reference text,
            expected_back date,
            new_condition text CHECK (new_condition IN {_CONDITIONS}),
            repaired_entry_id uuid,
            notes text,
            loan_id uuid,
            maintenance_id uuid,
            opened_at timestamptz NOT NULL,
            started_at timestamptz,
            completed_at timestamptz,
            cancelled_at timestamptz,
            CONSTRAINT repair_entry FOREIGN KEY (workspace_id, entry_id)
                REFERENCES entries (workspace_id, id),
            CONSTRAINT repair_repaired_entry FOREIGN KEY (workspace_id, repaired_entry_id)
                REFERENCES entries (workspace_id, id),
            CONSTRAINT repair_maintenance FOREIGN KEY (workspace_id, maintenance_id)
                REFERENCES maintenance (workspace_id, id),
            CONSTRAINT repair_cost_has_currency CHECK ((cost IS NULL) = (currency IS NULL)),
            CONSTRAINT repair_completed CHECK ((status = 'COMPLETED') = (completed_at IS NOT NULL)),
            CONSTRAINT repair_cancelled CHECK ((status = 'CANCELLED') = (cancelled_at IS NOT NULL)),
            CONSTRAINT repair_result CHECK (new_condition IS NULL OR status = 'COMPLETED')
        )
    """)
    op.execute("CREATE INDEX repairs_of_entry ON repairs (workspace_id, entry_id, id)")
    op.execute("""
        CREATE INDEX repairs_open ON repairs (workspace_id, id)
        WHERE status IN ('PENDING', 'IN_PROGRESS')
    """)
    isolate("repairs")


def _deadlines() -> None:
    # `told` is the least of its days (30, 7, 1, 0 before; -1 after) that was told of, `look_at`
    # when the clock looks at it next; never where there is nothing left to tell.
    op.execute("""
        CREATE TABLE deadlines (
            workspace_id uuid NOT NULL,
            subject_id uuid NOT NULL,
            kind text NOT NULL
                CHECK (kind IN ('expiration', 'warranty', 'maintenance', 'repair')),
            on_date date NOT NULL,
            armed_at timestamptz NOT NULL DEFAULT now(),
            told integer,
            look_at timestamptz,
            PRIMARY KEY (workspace_id, subject_id, kind)
        )
    """)
    op.execute("""
        CREATE INDEX deadlines_to_look_at ON deadlines (look_at) WHERE look_at IS NOT NULL
    """)
    isolate("deadlines")


# The first look is where the day before which to tell begins earliest on Earth (UTC+14); the clock
# knows where the workspace is. A date that was there already keeps what was told of it.
_TRIGGERS = (
    """
    CREATE FUNCTION set_deadline(
        of_workspace uuid, of_subject uuid, of_kind text, day date, days_before integer
    ) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        IF day IS NULL THEN
            DELETE FROM deadlines
            WHERE workspace_id = of_workspace AND subject_id = of_subject AND kind = of_kind;
            RETURN;
        END IF;
        INSERT INTO deadlines AS d (workspace_id, subject_id, kind, on_date, look_at)
        VALUES (
            of_workspace, of_subject, of_kind, day,
            (day - days_before)::timestamp AT TIME ZONE 'UTC' - interval '14 hours'
        )
        ON CONFLICT (workspace_id, subject_id, kind) DO UPDATE SET
            on_date = excluded.on_date,
            armed_at = CASE WHEN d.on_date = excluded.on_date THEN d.armed_at ELSE now() END,
            told = CASE WHEN d.on_date = excluded.on_date THEN d.told END,
            look_at = excluded.look_at;
    END $$
    """,
    """
    CREATE FUNCTION entry_deadlines() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM set_deadline(NEW.workspace_id, NEW.id, 'expiration', NEW.expiration_date, 30);
        PERFORM set_deadline(NEW.workspace_id, NEW.id, 'warranty', NEW.warranty_expires, 30);
        IF TG_OP = 'UPDATE' THEN
            UPDATE deadlines SET look_at = now()
            WHERE workspace_id = NEW.workspace_id AND kind = 'maintenance' AND subject_id IN (
                SELECT id FROM maintenance
                WHERE workspace_id = NEW.workspace_id AND entry_id = NEW.id
            );
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER deadlines_of_new AFTER INSERT ON entries FOR EACH ROW
    WHEN (NEW.expiration_date IS NOT NULL OR NEW.warranty_expires IS NOT NULL)
    EXECUTE FUNCTION entry_deadlines()
    """,
    """
    CREATE TRIGGER deadlines_of_changed AFTER UPDATE ON entries FOR EACH ROW
    WHEN (
        OLD.expiration_date IS DISTINCT FROM NEW.expiration_date
        OR OLD.warranty_expires IS DISTINCT FROM NEW.warranty_expires
        OR (OLD.is_archived AND NOT NEW.is_archived)
        OR (OLD.quantity = 0 AND NEW.quantity > 0)
    )
    EXECUTE FUNCTION entry_deadlines()
    """,
    """
    CREATE FUNCTION maintenance_deadline() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM set_deadline(NEW.workspace_id, NEW.id, 'maintenance', NEW.next_due, 0);
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER deadline_of_new AFTER INSERT ON maintenance FOR EACH ROW
    EXECUTE FUNCTION maintenance_deadline()
    """,
    """
    CREATE TRIGGER deadline_of_changed AFTER UPDATE ON maintenance FOR EACH ROW
    WHEN (
        OLD.next_due <> NEW.next_due OR OLD.entry_id <> NEW.entry_id
        OR (OLD.is_archived AND NOT NEW.is_archived)
    )
    EXECUTE FUNCTION maintenance_deadline()
    """,
    """
    CREATE FUNCTION repair_deadline() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM set_deadline(
            NEW.workspace_id, NEW.id, 'repair',
            CASE WHEN NEW.status IN ('PENDING', 'IN_PROGRESS') THEN NEW.expected_back END, -1
        );
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER deadline_of_new AFTER INSERT ON repairs FOR EACH ROW
    WHEN (NEW.expected_back IS NOT NULL)
    EXECUTE FUNCTION repair_deadline()
    """,
    """
    CREATE TRIGGER deadline_of_changed AFTER UPDATE ON repairs FOR EACH ROW
    WHEN (
        OLD.expected_back IS DISTINCT FROM NEW.expected_back
        OR (OLD.status <> NEW.status AND NEW.expected_back IS NOT NULL)
    )
    EXECUTE FUNCTION repair_deadline()
    """,
)


def _watch_what_is_there() -> None:
    """The dates of entries that were there before: armed as if they were set now."""
    op.execute("SELECT set_config('warehouse.scope', 'system', true)")
    for kind, column in (("expiration", "expiration_date"), ("warranty", "warranty_expires")):
        op.execute(f"""
            INSERT INTO deadlines (workspace_id, subject_id, kind, on_date, look_at)
            SELECT workspace_id, id, '{kind}', {column},
                   ({column} - 30)::timestamp AT TIME ZONE 'UTC' - interval '14 hours'
            FROM entries WHERE {column} IS NOT NULL
        """)


def downgrade() -> None:
    op.execute("DROP TRIGGER deadlines_of_changed ON entries")
    op.execute("DROP TRIGGER deadlines_of_new ON entries")
    for table in ("repairs", "maintenance", "deadlines", "known_workspaces"):
        op.execute(f"DROP TABLE {table}")
    for function in ("entry_deadlines", "maintenance_deadline", "repair_deadline"):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP FUNCTION set_deadline")
