"""Stocktakes."""

from alembic import op

from chassis.migrations import isolate

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE stocktakes (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            version integer NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            name text NOT NULL,
            location_id uuid,
            notes text,
            status text NOT NULL
                CHECK (status IN ('open', 'reconciling', 'reconciled', 'cancelled')),
            started_by text NOT NULL,
            closed_by text,
            closed_at timestamptz,
            missing text CHECK (missing IN ('leave', 'mark', 'remove')),
            misplaced text CHECK (misplaced IN ('leave', 'move')),
            unexpected text CHECK (unexpected IN ('leave', 'create')),
            UNIQUE (workspace_id, id),
            CONSTRAINT stocktake_location FOREIGN KEY (workspace_id, location_id)
                REFERENCES locations (workspace_id, id),
            CONSTRAINT stocktake_says_what_to_do CHECK (
                status NOT IN ('reconciling', 'reconciled')
                OR (missing IS NOT NULL AND misplaced IS NOT NULL AND unexpected IS NOT NULL)
            )
        )
    """)
    op.execute("CREATE INDEX stocktakes_by_status ON stocktakes (workspace_id, status, id)")
    op.execute("""
        CREATE INDEX stocktakes_at ON stocktakes (workspace_id, location_id)
    """)
    op.execute("""
        CREATE INDEX stocktakes_to_reconcile ON stocktakes (id) WHERE status = 'reconciling'
    """)
    isolate("stocktakes")
    # An item at a place where no entry of it stands is a finding, too; `expected` is then 0.
    op.execute("""
        CREATE TABLE stocktake_findings (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            stocktake_id uuid NOT NULL,
            entry_id uuid,
            item_id uuid NOT NULL,
            location_id uuid NOT NULL,
            container_id uuid,
            state text NOT NULL
                CHECK (state IN ('found', 'different', 'misplaced', 'unexpected', 'missing')),
            counted integer NOT NULL CHECK (counted >= 0),
            expected integer NOT NULL CHECK (expected >= 0),
            counted_by text NOT NULL,
            counted_at timestamptz NOT NULL,
            settled_at timestamptz,
            problem text,
            CONSTRAINT finding_once UNIQUE NULLS NOT DISTINCT
                (workspace_id, stocktake_id, entry_id, item_id, location_id, container_id),
            CONSTRAINT finding_stocktake FOREIGN KEY (workspace_id, stocktake_id)
                REFERENCES stocktakes (workspace_id, id) ON DELETE CASCADE,
            CONSTRAINT finding_entry FOREIGN KEY (workspace_id, entry_id)
                REFERENCES entries (workspace_id, id)
        )
    """)
    op.execute("""
        CREATE INDEX findings_page ON stocktake_findings (workspace_id, stocktake_id, id)
    """)
    op.execute("""
        CREATE INDEX findings_to_settle ON stocktake_findings (workspace_id, stocktake_id, entry_id)
        WHERE settled_at IS NULL
    """)
    isolate("stocktake_findings")


def downgrade() -> None:
    op.execute("DROP TABLE stocktake_findings")
    op.execute("DROP TABLE stocktakes")
