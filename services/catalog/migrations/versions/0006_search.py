"""What search looks in: the words of items, the words of a workspace, and where items are."""

from alembic import op

from chassis.migrations import isolate

revision = "0006"
down_revision = "0005"
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
    CREATE FUNCTION search_key(id uuid) RETURNS text
    IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN right(replace(id::text, '-', ''), 16)
    """,
    # Both are plain enough for PostgreSQL to write them into the expression that calls them.
    """
    CREATE FUNCTION search_all(space text, place text, words text) RETURNS text
    IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN ' ' || space
        || nullif(replace(btrim(words), ' ', place || space), '') || rtrim(place)
    """,
    """
    CREATE FUNCTION search_mark(space text, kind text, words text) RETURNS text
    IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN ' ' || space || kind || nullif(left(replace(words, ' ', ''), 100), '')
    """,
    # How to look for words depends on how common they are, which a plan for any words does not
    # know. `$1 OR search_planned_anew(id)` makes such a plan look dear; with a true `$1` nothing
    # is left of it, so that PostgreSQL plans for the words at hand.
    """
    CREATE FUNCTION search_planned_anew(id uuid) RETURNS boolean
    STABLE LANGUAGE plpgsql COST 1000000 AS $$ BEGIN RETURN true; END $$
    """,
    # Weights: A the name, B brand, model and manufacturer, C codes, D the rest; only what holds
    # phrases has places. Beside words there are marks: `=` a whole code, `^` the whole name, `#`
    # what is filtered by. All fields in one pass, since it is taken for each item that is written.
    r"""
    CREATE FUNCTION search_item(
        workspace_id uuid, name text, brand text, model text, manufacturer text, sku text,
        external_id text, barcode text, serial_number text, description text, attributes jsonb,
        category_id uuid, labels uuid[], is_insured boolean, needs_review boolean,
        is_archived boolean, image uuid
    ) RETURNS tsvector IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
    DECLARE
        sep CONSTANT text := E'\x1f';
        space CONSTANT text := search_space(workspace_id);
        made text := concat_ws(' ', name, brand, model, manufacturer);
        raw text := concat(
            translate(name, sep, ' '), sep, translate(brand, sep, ' '), sep,
            translate(model, sep, ' '), sep, translate(manufacturer, sep, ' '), sep,
            translate(sku, sep, ' '), sep, translate(external_id, sep, ' '), sep,
            translate(barcode, sep, ' '), sep, translate(serial_number, sep, ' '), sep,
            translate(description, sep, ' '), sep);
        words text[];
        joined text;
        found text;
    BEGIN
        -- Step by step: PostgreSQL writes a function of a variable into the expression, and calls
        -- one of an expression.
        IF attributes <> '{}' THEN
            raw := concat(raw, (
                SELECT string_agg(value, ' ') FROM jsonb_each_text(attributes)
                WHERE value NOT IN ('true', 'false')));
        END IF;
        raw := search_fold(raw);
        raw := search_words(raw);
        words := string_to_array(raw, sep);
        IF made ~ U&'[''\2019`\2010\2011\002D]' THEN
            joined := regexp_replace(made, U&'[''\2019`\2010\2011\002D]', '', 'g');
            joined := search_fold(joined);
            joined := search_words(joined);
        END IF;
        SELECT string_agg(
            concat(space, left(word, 100), ':', least(first + at, 16383), weight), ' ')
        INTO found
        FROM unnest(
            '{A,D,D}'::text[], '{0,1000,12000}'::integer[], ARRAY[words[1], words[9], words[10]]
        ) f (weight, first, words_),
        string_to_table(words_, ' ') WITH ORDINALITY w (word, at)
        WHERE word <> '';
        found := concat(found,
            search_all(space, ':16382B ', concat_ws(' ', words[2], words[3], words[4])),
            search_all(space, ':16382A ', joined),
            -- An address is a code as a whole; its parts are words of every other item, too.
            search_all(space, ':16382C ', concat_ws(' ', words[5],
                CASE WHEN position('://' IN external_id) > 0 THEN NULL ELSE words[6] END,
                words[7], words[8])),
            search_mark(space, '^', words[1]), search_mark(space, '#b', words[2]),
            search_mark(space, '=', words[3]), search_mark(space, '#m', words[4]),
            search_mark(space, '=', words[5]), search_mark(space, '=', words[6]),
            search_mark(space, '=', words[7]), search_mark(space, '=', words[8]),
            ' ' || space || '#c' || search_key(category_id),
            CASE WHEN labels <> '{}' THEN (
                SELECT string_agg(concat(' ', space, '#l', search_key(id)), '')
                FROM unnest(labels) id
            ) END,
            CASE WHEN is_insured THEN ' ' || space || '#insured' END,
            CASE WHEN needs_review THEN ' ' || space || '#review' END,
            CASE WHEN is_archived THEN ' ' || space || '#archived' END,
            CASE WHEN image IS NOT NULL THEN ' ' || space || '#image' END);
        RETURN found::tsvector;
    END $$
    """,
)


# What row-level security would keep from an index: PostgreSQL asks a policy before any operator
# that is not LEAKPROOF, `@@` and `&&` among them. A view of the owner's has the workspace itself.
_VIEWS = {"searchable_items": "items", "searchable_words": "search_words"}
_NAMED = {"categories": "#c", "labels": "#l"}
_SORTED = {
    "items_by_name": "search_fold(name)",
    "items_by_creation": "created_at",
    "items_by_update": "updated_at",
    "items_by_min_stock": "min_stock_level",
}


def _run(sql: str) -> None:
    """As it is written: `:` begins no parameter here."""
    op.get_bind().exec_driver_sql(sql)


def upgrade() -> None:
    _run("SELECT set_config('warehouse.scope', 'system', true)")  # of every workspace
    for function in _FUNCTIONS:
        _run(function)
    _run("""
        ALTER TABLE items ADD COLUMN search tsvector GENERATED ALWAYS AS (search_item(
            workspace_id, name, brand, model, manufacturer, sku, external_id, barcode,
            serial_number, description, attributes, category_id, labels, is_insured,
            needs_review, is_archived, image
        )) STORED
    """)
    # What was written last is read one by one until it is sorted in: little of it may wait.
    _run("""
        CREATE INDEX items_search ON items USING gin (search) WITH (gin_pending_list_limit = 256)
    """)
    for index, key in _SORTED.items():
        _run(f"CREATE INDEX {index} ON items (workspace_id, ({key}), id)")
    _words()
    for view, table in _VIEWS.items():
        _open(view, table)
    _names()
    _places()


def _words() -> None:
    _run("""
        CREATE TABLE search_words (
            workspace_id uuid NOT NULL,
            word text COLLATE "C" NOT NULL,
            keys bigint[] NOT NULL,
            PRIMARY KEY (workspace_id, word)
        )
    """)
    _run("CREATE INDEX search_words_alike ON search_words USING gin (keys)")
    isolate("search_words")
    # Items whose words have not been noted yet: no index, since it is read as a whole.
    _run("CREATE TABLE search_queue (workspace_id uuid NOT NULL, item_id uuid NOT NULL)")
    isolate("search_queue")
    _run("INSERT INTO search_queue SELECT workspace_id, id FROM items")
    _run("""
        CREATE FUNCTION search_note_items() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO search_queue SELECT workspace_id, id FROM written;
            RETURN NULL;
        END $$
    """)
    _run("""
        CREATE FUNCTION search_note_item() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO search_queue VALUES (new.workspace_id, new.id);
            RETURN NULL;
        END $$
    """)
    _run("""
        CREATE TRIGGER items_added AFTER INSERT ON items REFERENCING NEW TABLE AS written
        FOR EACH STATEMENT EXECUTE FUNCTION search_note_items()
    """)
    _run("""
        CREATE TRIGGER items_reworded
        AFTER UPDATE OF name, brand, model, manufacturer, description, attributes ON items
        FOR EACH ROW WHEN (old.search IS DISTINCT FROM new.search)
        EXECUTE FUNCTION search_note_item()
    """)
    # A word's keys: itself and each that is left when one letter goes; so, too, for its first six
    # letters. Words that share a key are a typo or two apart.
    _run("""
        CREATE FUNCTION search_keys(space text, variants text[]) RETURNS bigint[]
        IMMUTABLE PARALLEL SAFE LANGUAGE sql
        RETURN ARRAY(SELECT DISTINCT hashtextextended(space || v, 0) FROM unnest(variants) v)
    """)
    _run("""
        CREATE FUNCTION search_variants(word text) RETURNS text[]
        IMMUTABLE PARALLEL SAFE LANGUAGE sql
        RETURN ARRAY(
            SELECT word
            UNION SELECT overlay(word PLACING '' FROM n FOR 1)
            FROM generate_series(1, length(word)) n
            UNION SELECT left(word, 6)
            UNION SELECT overlay(left(word, 6) PLACING '' FROM n FOR 1)
            FROM generate_series(1, 6) n
        )
    """)


def _names() -> None:
    """What categories and labels are called, by word: an item is found by these names, too, and
    follows when they change. Items carry the marks of theirs."""
    _run("""
        CREATE TABLE search_names (
            workspace_id uuid NOT NULL,
            word text COLLATE "C" NOT NULL,
            mark text NOT NULL,
            PRIMARY KEY (workspace_id, word, mark)
        )
    """)
    _run("CREATE INDEX search_names_of ON search_names (workspace_id, mark)")
    isolate("search_names")
    _run("""
        CREATE FUNCTION search_name() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            kind CONSTANT text := tg_argv[0];
        BEGIN
            IF tg_op <> 'INSERT' THEN
                DELETE FROM search_names
                WHERE workspace_id = old.workspace_id AND mark = kind || search_key(old.id);
            END IF;
            IF tg_op <> 'DELETE' THEN
                INSERT INTO search_names
                SELECT new.workspace_id, left(word, 100), kind || search_key(new.id)
                FROM string_to_table(search_words(search_fold(new.name)), ' ') word
                WHERE word <> '' ON CONFLICT DO NOTHING;
            END IF;
            RETURN NULL;
        END $$
    """)
    for table, kind in _NAMED.items():
        _run(f"""
            INSERT INTO search_names
            SELECT DISTINCT workspace_id, left(word, 100), '{kind}' || search_key(id)
            FROM {table}, string_to_table(search_words(search_fold(name)), ' ') word
            WHERE word <> ''
        """)
        _run(f"""
            CREATE TRIGGER {table}_named AFTER INSERT OR DELETE OR UPDATE OF name ON {table}
            FOR EACH ROW EXECUTE FUNCTION search_name('{kind}')
        """)


def _places() -> None:
    _run("ALTER TABLE stocked_entries ADD COLUMN location_id uuid")
    _run("CREATE INDEX stocked_entries_at ON stocked_entries (workspace_id, location_id)")
    _run("""
        CREATE TABLE known_locations (
            id uuid PRIMARY KEY,
            workspace_id uuid NOT NULL,
            version integer NOT NULL,
            name text NOT NULL,
            parent_id uuid
        )
    """)
    _run("CREATE INDEX known_locations_in ON known_locations (workspace_id, parent_id)")
    isolate("known_locations")
    # What was heard before says nothing of places: the topics are read again from the beginning.
    # Emptying the inbox is safe, since each handler takes what it has heard before for what it is.
    _run("UPDATE stocked_entries SET version = 0")
    _run("""
        UPDATE consumer_positions SET next_offset = 0, event_id = NULL, record_time = NULL
        WHERE topic IN ('warehouse.inventory.location.v1', 'warehouse.inventory.stock.v1')
    """)
    _run("TRUNCATE inbox")


def _open(view: str, table: str) -> None:
    _run(f"CREATE POLICY owner ON {table} FOR SELECT TO CURRENT_USER USING (true)")
    _run(f"""
        CREATE VIEW {view} AS SELECT * FROM {table} WHERE workspace_id
            = nullif(current_setting('warehouse.workspace_id', true), '')::uuid
    """)
    # To read alone: what is written through it would be written as the owner.
    _run(f"""
        DO $$
        DECLARE role text;
        BEGIN
            FOR role IN
                SELECT DISTINCT grantee::regrole::text FROM pg_class, aclexplode(relacl)
                WHERE oid = '{view}'::regclass AND grantee <> relowner AND grantee <> 0
            LOOP
                EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON {view} FROM %s', role);
            END LOOP;
        END $$
    """)


def downgrade() -> None:
    _run("DROP TABLE known_locations")
    _run("ALTER TABLE stocked_entries DROP COLUMN location_id")
    for table in _NAMED:
        _run(f"DROP TRIGGER {table}_named ON {table}")
    _run("DROP TABLE search_names")
    for view in _VIEWS:
        _run(f"DROP VIEW {view}")
    _run("DROP POLICY owner ON items")
    _run("DROP TRIGGER items_added ON items")
    _run("DROP TRIGGER items_reworded ON items")
    _run("DROP TABLE search_queue, search_words")
    for index in _SORTED:
        _run(f"DROP INDEX {index}")
    _run("ALTER TABLE items DROP COLUMN search")
    for function in (
        "search_name",
        "search_note_items",
        "search_note_item",
        "search_variants",
        "search_keys",
        "search_item",
        "search_mark",
        "search_all",
        "search_key",
        "search_planned_anew",
        "search_space",
        "search_words",
        "search_fold",
    ):
        _run(f"DROP FUNCTION {function}")
