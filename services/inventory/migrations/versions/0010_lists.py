"""What lists of entries look in and go by: words behind a view, the orders of a sort, rare states,
items of a place; and what else is new of movements and codes.

Words are as catalog has them (`docs/adr/0012-search.md`): each lexeme begins with its workspace,
and a view of the owner's lets PostgreSQL use the index. They hold an item's name and codes beside
the entry's own, so that words of both are one query of one index; a trigger makes them, and
`services.inventory.items.naming` makes them anew when an item is renamed.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_FUNCTIONS = (
    # `chassis.folding` folds alike; a test compares the two, letter by letter.
    r"""
    CREATE FUNCTION search_fold(value text) RETURNS text
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
        SELECT CASE WHEN octet_length(value) = length(value)
            THEN lower(value COLLATE pg_unicode_fast)
            ELSE regexp_replace(
                replace(replace(replace(translate(
                    regexp_replace(
                        casefold(normalize(value, NFKD) COLLATE pg_unicode_fast),
                        U&'[\0300-\036F\0483-\0487\0591-\05C7\0610-\061A\0640\064B-\065F'
                        '\0670\06D6-\06ED\200B-\200F\3099\309A]+',
                        '', 'g'),
                    U&'\00F8\0142\0111\00F0\0131\014B\0127\0167\0138', 'olddinhtk'),
                    U&'\00FE', 'th'), U&'\00E6', 'ae'), U&'\0153', 'oe'),
                U&'([\3040-\30FF\3400-\9FFF\F900-\FAFF])', ' \1 ', 'g')
            END
    $$
    """,
    # What stays are words, spaces between them, and what separates fields (U+001F).
    r"""
    CREATE FUNCTION search_words(folded text) RETURNS text
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
        SELECT CASE WHEN octet_length(folded) = length(folded)
            THEN regexp_replace(folded COLLATE pg_unicode_fast, '[^a-z0-9\x1f]+', ' ', 'g')
            ELSE regexp_replace(
                folded COLLATE pg_unicode_fast,
                U&'[^[:alnum:]\001F\0900-\0963\0966-\0E4E\0E50-\0F03\0F18-\109F\1780-\17D3]+',
                ' ', 'g')
            END
    $$
    """,
    # Every lexeme begins with its workspace: in the index, the words of each lie apart from those
    # of all others, so that what one of them asks costs the same whatever the others have.
    """
    CREATE FUNCTION search_space(workspace_id uuid) RETURNS text
    IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN 'w' || right(workspace_id::text, 10)
    """,
    """
    CREATE FUNCTION entry_search(workspace_id uuid, texts text, codes text[]) RETURNS tsvector
    IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN (
        SELECT coalesce(
            array_to_tsvector(array_agg(DISTINCT search_space(workspace_id) || left(word, 100))), ''
        )
        FROM (
            SELECT string_to_table(search_words(search_fold(translate(texts, E'\\x1f', ' '))), ' ')
            UNION ALL
            SELECT replace(search_words(search_fold(translate(code, E'\\x1f', ' '))), ' ', '')
            FROM unnest(codes) code
        ) found (word)
        WHERE word <> ''
    )
    """,
    """
    CREATE FUNCTION entry_is_found() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        item record;
    BEGIN
        SELECT k.name, k.sku, k.barcode INTO item FROM known_items k
        WHERE k.workspace_id = new.workspace_id AND k.id = new.item_id;
        new.sort_name := coalesce(search_fold(item.name), '');
        new.search := entry_search(
            new.workspace_id,
            concat_ws(
                ' ', item.name, item.sku, item.barcode, new.serial_number, new.lot, new.notes),
            ARRAY[item.sku, item.barcode, new.serial_number, new.lot]);
        RETURN new;
    END $$
    """,
)
_COLUMNS = ("item_id", "serial_number", "lot", "notes")
# What few entries are in, and what lists go by.
_INDEXES = {
    "entries_in_rare_status": "(workspace_id, status, id) WHERE status <> 'AVAILABLE'",
    "entries_in_rare_condition": "(workspace_id, condition, id) WHERE condition <> 'GOOD'",
    "entries_by_name": "(workspace_id, sort_name, id)",
    "entries_by_quantity": "(workspace_id, quantity, id)",
    "entries_by_expiry": "(workspace_id, coalesce(expiration_date, 'infinity'::date), id)",
    "entries_at_of": "(workspace_id, location_id, item_id) WHERE NOT is_archived",
}
_READ_AGAIN = (
    "UPDATE known_items SET version = 0",
    """
    UPDATE consumer_positions SET next_offset = 0, event_id = NULL, record_time = NULL
    WHERE topic = 'warehouse.catalog.item.v1'
    """,
    "TRUNCATE inbox",
)


def _run(sql: str) -> None:
    """As it is written: `:` begins no parameter here."""
    op.get_bind().exec_driver_sql(sql)


def upgrade() -> None:
    _run("SELECT set_config('warehouse.scope', 'system', true)")  # of every workspace
    _minimums()
    _words()
    for name, what in _INDEXES.items():
        _run(f"CREATE INDEX {name} ON entries {what}")
    _movements()
    _codes()


def _minimums() -> None:
    """How many units there should be of an item: catalog's items are read again for it."""
    _run("ALTER TABLE known_items ADD COLUMN min_stock_level integer NOT NULL DEFAULT 0")
    _run("""
        CREATE INDEX known_items_with_minimum ON known_items (workspace_id, id)
        WHERE min_stock_level > 0
    """)
    for statement in _READ_AGAIN:
        _run(statement)


def _words() -> None:
    for function in _FUNCTIONS:
        _run(function)
    _run("""
        ALTER TABLE entries
            ADD COLUMN sort_name text COLLATE "C" DEFAULT '',
            ADD COLUMN search tsvector NOT NULL DEFAULT ''
    """)
    _run("""
        CREATE TRIGGER entry_came BEFORE INSERT ON entries
        FOR EACH ROW EXECUTE FUNCTION entry_is_found()
    """)
    changed = " OR ".join(f"old.{name} IS DISTINCT FROM new.{name}" for name in _COLUMNS)
    # Whoever knows of another reason takes the name off.
    _run(f"""
        CREATE TRIGGER entry_changed BEFORE UPDATE ON entries
        FOR EACH ROW WHEN (new.sort_name IS NULL OR {changed})
        EXECUTE FUNCTION entry_is_found()
    """)
    _run("UPDATE entries SET sort_name = NULL")
    _run("ALTER TABLE entries ALTER COLUMN sort_name SET NOT NULL")
    # What was written last is read one by one until it is sorted in: little of it may wait.
    _run("""
        CREATE INDEX entries_search ON entries USING gin (search)
        WITH (gin_pending_list_limit = 256)
    """)
    _run("CREATE POLICY owner ON entries FOR SELECT TO CURRENT_USER USING (true)")
    _run("""
        CREATE VIEW searchable_entries AS SELECT * FROM entries WHERE workspace_id
            = nullif(current_setting('warehouse.workspace_id', true), '')::uuid
    """)
    # To read alone: what is written through it would be written as the owner.
    _run("""
        DO $$
        DECLARE role text;
        BEGIN
            FOR role IN
                SELECT DISTINCT grantee::regrole::text FROM pg_class, aclexplode(relacl)
                WHERE oid = 'searchable_entries'::regclass AND grantee <> relowner AND grantee <> 0
            LOOP
                EXECUTE format(
                    'REVOKE INSERT, UPDATE, DELETE ON searchable_entries FROM %s', role);
            END LOOP;
        END $$
    """)


def _movements() -> None:
    """Which stocktake a movement puts right what it found."""
    _run("ALTER TABLE movements ADD COLUMN stocktake_id uuid")
    _run("""
        CREATE INDEX movements_of_stocktake ON movements (workspace_id, stocktake_id, id)
        WHERE stocktake_id IS NOT NULL
    """)


def _codes() -> None:
    """A thing has one code, and what it has of things that were merged into it."""
    _run("ALTER TABLE short_codes ADD COLUMN is_additional boolean NOT NULL DEFAULT false")
    _run("DROP INDEX short_code_of")
    _run("""
        CREATE UNIQUE INDEX short_code_of ON short_codes (workspace_id, kind, target_id)
        WHERE kind IS NOT NULL AND NOT is_additional
    """)
    _run("""
        CREATE INDEX short_codes_on ON short_codes (workspace_id, kind, target_id)
        WHERE is_additional
    """)


def downgrade() -> None:
    _run("SELECT set_config('warehouse.scope', 'system', true)")
    _run("DROP INDEX short_codes_on")
    _run("DROP INDEX short_code_of")
    _run("""
        UPDATE short_codes SET state = 'unused', kind = NULL, target_id = NULL WHERE is_additional
    """)
    _run("""
        CREATE UNIQUE INDEX short_code_of ON short_codes (workspace_id, kind, target_id)
        WHERE kind IS NOT NULL
    """)
    _run("ALTER TABLE short_codes DROP COLUMN is_additional")
    _run("ALTER TABLE movements DROP COLUMN stocktake_id")
    _run("DROP VIEW searchable_entries")
    _run("DROP POLICY owner ON entries")
    for name in _INDEXES:
        _run(f"DROP INDEX {name}")
    for trigger in ("entry_came", "entry_changed"):
        _run(f"DROP TRIGGER {trigger} ON entries")
    _run("ALTER TABLE entries DROP COLUMN sort_name, DROP COLUMN search")
    for function in (
        *("entry_is_found", "entry_search"),
        *("search_space", "search_words", "search_fold"),
    ):
        _run(f"DROP FUNCTION {function}")
    _run("ALTER TABLE known_items DROP COLUMN min_stock_level")
