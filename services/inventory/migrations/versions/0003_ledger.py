"""The ledger: what each movement did to the units of its entries, more kinds, and what undid what.

Every movement says how many units left where it comes from and came to where it leads, and how many
its entries had then. Rows from before are filled in: the trigger that keeps movements as they are
is put aside for that.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KINDS_BEFORE = ("created", "moved", "split", "adjusted", "archived", "restored")
_KINDS = (*_KINDS_BEFORE, "counted", "used", "merged")

# An archived entry has left the stock of its place, so that moving its container moves no units.
_EFFECTS = """
    WITH standing AS (
        SELECT m.id, EXISTS (
            SELECT FROM movements a
            WHERE a.workspace_id = m.workspace_id AND a.entry_id = m.entry_id
            AND a.kind = 'archived' AND a.id < m.id AND NOT EXISTS (
                SELECT FROM movements r
                WHERE r.workspace_id = m.workspace_id AND r.entry_id = m.entry_id
                AND r.kind = 'restored' AND r.id > a.id AND r.id < m.id
            )
        ) AS is_archived
        FROM movements m
    )
    UPDATE movements m SET
        units_out = CASE
            WHEN m.kind = 'adjusted' THEN greatest(-m.quantity, 0)
            WHEN m.kind IN ('moved', 'split', 'archived') AND NOT s.is_archived THEN m.quantity
            ELSE 0 END,
        units_in = CASE
            WHEN m.kind = 'adjusted' THEN greatest(m.quantity, 0)
            WHEN m.kind IN ('created', 'moved', 'split', 'restored')
                AND (m.kind = 'restored' OR NOT s.is_archived) THEN m.quantity
            ELSE 0 END
    FROM standing s WHERE s.id = m.id
"""
_BALANCES = """
    WITH sides AS (
        SELECT id, workspace_id, entry_id AS of_entry,
               CASE WHEN to_entry_id IS NULL THEN units_in ELSE 0 END - units_out AS effect
        FROM movements
        UNION ALL
        SELECT id, workspace_id, to_entry_id, units_in FROM movements
        WHERE to_entry_id IS NOT NULL
    ),
    sums AS (
        SELECT id, of_entry,
               sum(effect) OVER (PARTITION BY workspace_id, of_entry ORDER BY id) AS balance
        FROM sides
    )
    UPDATE movements m SET
        balance = (SELECT s.balance FROM sums s WHERE s.id = m.id AND s.of_entry = m.entry_id),
        to_balance = (SELECT s.balance FROM sums s WHERE s.id = m.id AND s.of_entry = m.to_entry_id)
"""


def _allow(kinds: tuple[str, ...]) -> None:
    op.execute("ALTER TABLE movements DROP CONSTRAINT movements_kind_check")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(
        f"ALTER TABLE movements ADD CONSTRAINT movements_kind_check CHECK (kind IN ({listed}))"
    )


def upgrade() -> None:
    op.execute("SELECT set_config('warehouse.scope', 'system', true)")  # of every workspace
    _allow(_KINDS)
    op.execute("""
        ALTER TABLE movements
            ADD COLUMN units_out integer,
            ADD COLUMN units_in integer,
            ADD COLUMN balance integer,
            ADD COLUMN to_balance integer,
            ADD COLUMN undoes uuid,
            ADD COLUMN used_at timestamptz,
            ADD COLUMN used_before timestamptz
    """)
    op.execute("ALTER TABLE movements DISABLE TRIGGER append_only")
    op.execute(_EFFECTS)
    op.execute(_BALANCES)
    op.execute("ALTER TABLE movements ENABLE TRIGGER append_only")
    op.execute("""
        ALTER TABLE movements
            ALTER COLUMN units_out SET NOT NULL,
            ALTER COLUMN units_in SET NOT NULL,
            ALTER COLUMN balance SET NOT NULL,
            ADD CONSTRAINT movement_units CHECK (
                units_out >= 0 AND units_in >= 0
                AND (units_out = 0 OR from_location_id IS NOT NULL)
                AND (units_in = 0 OR to_location_id IS NOT NULL)
                AND (to_entry_id IS NULL OR units_out = units_in)
            ),
            ADD CONSTRAINT movement_balance CHECK (
                balance >= 0 AND to_balance >= 0 AND (to_entry_id IS NULL) = (to_balance IS NULL)
            ),
            ADD CONSTRAINT movement_undoes FOREIGN KEY (workspace_id, undoes)
                REFERENCES movements (workspace_id, id)
    """)
    op.execute("""
        CREATE UNIQUE INDEX movement_undone_once ON movements (workspace_id, undoes)
        WHERE undoes IS NOT NULL
    """)
    op.execute("""
        CREATE INDEX movements_to ON movements (workspace_id, to_location_id, created_at)
        WHERE units_in > 0
    """)
    op.execute("""
        CREATE INDEX movements_from ON movements (workspace_id, from_location_id, created_at)
        WHERE units_out > 0
    """)
    op.execute("ALTER TABLE entries ADD COLUMN merged_into uuid")
    op.execute("""
        ALTER TABLE entries ADD CONSTRAINT entry_merged_into
            FOREIGN KEY (workspace_id, merged_into) REFERENCES entries (workspace_id, id),
            ADD CONSTRAINT entry_merged_is_empty
            CHECK (merged_into IS NULL OR (is_archived AND quantity = 0))
    """)
    op.execute("""
        CREATE INDEX entries_merged_into ON entries (workspace_id, merged_into)
        WHERE merged_into IS NOT NULL
    """)
    for column in ("serial_number", "lot", "expiration_date", "warranty_expires"):
        op.execute(f"""
            CREATE INDEX entries_by_{column} ON entries (workspace_id, {column}, id)
            WHERE {column} IS NOT NULL
        """)
    # What a hold was asked for, which it is given back to when a merge is undone.
    op.execute("ALTER TABLE holds ADD COLUMN asked_entry_id uuid")
    op.execute("UPDATE holds SET asked_entry_id = entry_id")


def downgrade() -> None:
    op.execute("ALTER TABLE holds DROP COLUMN asked_entry_id")
    op.execute("ALTER TABLE entries DROP COLUMN merged_into")
    for column in ("serial_number", "lot", "expiration_date", "warranty_expires"):
        op.execute(f"DROP INDEX entries_by_{column}")
    op.execute("SELECT set_config('warehouse.scope', 'system', true)")
    op.execute("ALTER TABLE movements DISABLE TRIGGER append_only")
    # The kinds that are new, in the words there were.
    op.execute("""
        UPDATE movements SET
            quantity = CASE WHEN kind = 'used' THEN 0 ELSE quantity END,
            kind = CASE WHEN kind = 'merged' THEN 'split' ELSE 'adjusted' END
        WHERE kind IN ('counted', 'used', 'merged')
    """)
    op.execute("ALTER TABLE movements ENABLE TRIGGER append_only")
    op.execute("""
        ALTER TABLE movements
            DROP COLUMN units_out, DROP COLUMN units_in, DROP COLUMN balance,
            DROP COLUMN to_balance, DROP COLUMN undoes, DROP COLUMN used_at,
            DROP COLUMN used_before
    """)
    _allow(_KINDS_BEFORE)
