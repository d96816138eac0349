"""Alembic for every service: how a database is migrated, and the tables that all of them share.

A service's `migrations/env.py` is one call to `run`; its first revision calls `backbone` for the
outbox, the inbox, the consumer's positions and the idempotency keys, and `isolate` for each table
with a `workspace_id`.
"""

import asyncio
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import asyncpg
from alembic import command, context, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

# The outbox is cut into days by the time of its rows, the inbox by that in the events' ids (UUIDv7,
# RFC 9562), so that what is old goes as whole tables and what is left costs the same however much
# went through. Rows of a day that has no partition are in the default one.
_BACKBONE = (
    """
    CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY,
        event_id uuid NOT NULL,
        workspace_id uuid,
        topic text NOT NULL,
        key text NOT NULL,
        type text NOT NULL,
        aggregate_version integer NOT NULL,
        headers json NOT NULL,
        payload text NOT NULL,
        shard smallint NOT NULL,
        created_at timestamptz NOT NULL,
        published_at timestamptz,
        PRIMARY KEY (id, created_at)
    ) PARTITION BY RANGE (created_at)
    """,
    "CREATE INDEX outbox_pending ON outbox (id) WHERE published_at IS NULL",
    """
    CREATE TABLE inbox (
        event_id uuid PRIMARY KEY,
        received_at timestamptz NOT NULL DEFAULT now()
    ) PARTITION BY RANGE (event_id)
    """,
    "CREATE TABLE outbox_default PARTITION OF outbox DEFAULT",
    "ALTER TABLE outbox_default ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    "CREATE TABLE inbox_default PARTITION OF inbox DEFAULT",
    """
    CREATE TABLE consumer_positions (
        topic text,
        partition integer,
        next_offset bigint NOT NULL DEFAULT 0,
        event_id uuid,
        record_time timestamptz,
        PRIMARY KEY (topic, partition)
    ) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0)
    """,
    """
    CREATE TABLE idempotency_keys (
        scope text NOT NULL,
        key text NOT NULL,
        request_hash bytea NOT NULL,
        resource_id uuid,
        status smallint,
        headers json,
        body bytea,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (scope, key)
    )
    """,
    """
    CREATE FUNCTION first_event_id(day date) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
        SELECT (
            lpad(to_hex((extract(epoch FROM day::timestamp) * 1000)::bigint), 12, '0')
            || repeat('0', 20)
        )::uuid
    $$
    """,
    # Makes the partitions of the days around today and drops those that are `keep_days` old: of the
    # outbox only without pending rows, of the inbox a day later. The owner's, for the app to call.
    # A partition is reached through its parent alone, whose policies then hold. Where traffic holds
    # a table for long, that step is left for the next call.
    """
    CREATE FUNCTION maintain_backbone(keep_days integer) RETURNS SETOF text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
    SET lock_timeout = '1s' SET timezone = 'UTC' AS $$
    DECLARE
        day date;
        name text;
    BEGIN
        IF NOT pg_try_advisory_xact_lock(hashtext('maintain_backbone')) THEN
            RETURN;
        END IF;
        PERFORM set_config('warehouse.scope', 'system', true);
        FOR day IN SELECT current_date + n FROM generate_series(-1, 3) n LOOP
            BEGIN
                name := 'outbox_' || to_char(day, 'YYYYMMDD');
                IF to_regclass(name) IS NULL THEN
                    EXECUTE format(
                        'CREATE TABLE %I PARTITION OF outbox FOR VALUES FROM (%L) TO (%L) WITH '
                        '(autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, '
                        'autovacuum_analyze_scale_factor = 0, '
                        'autovacuum_analyze_threshold = 20000)',
                        name, day::timestamptz, (day + 1)::timestamptz);
                    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, '
                        'FORCE ROW LEVEL SECURITY', name);
                    RETURN NEXT 'made ' || name;
                END IF;
                name := 'inbox_' || to_char(day, 'YYYYMMDD');
                IF to_regclass(name) IS NULL THEN
                    EXECUTE format(
                        'CREATE TABLE %I PARTITION OF inbox FOR VALUES FROM (%L) TO (%L)',
                        name, first_event_id(day), first_event_id(day + 1));
                    RETURN NEXT 'made ' || name;
                END IF;
            EXCEPTION WHEN lock_not_available OR check_violation THEN
                RETURN NEXT 'left ' || name;
            END;
        END LOOP;
        FOR name, day IN
            SELECT c.relname, to_date(right(c.relname, 8), 'YYYYMMDD')
            FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent IN ('outbox'::regclass, 'inbox'::regclass)
              AND c.relname ~ '_[0-9]{8}$' ORDER BY 2
        LOOP
            CONTINUE WHEN day >= current_date - keep_days - (name LIKE 'inbox%')::integer;
            BEGIN
                IF name LIKE 'outbox%' THEN
                    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', name);
                    CONTINUE WHEN EXISTS (
                        SELECT FROM outbox WHERE published_at IS NULL
                        AND created_at >= day::timestamptz AND created_at < (day + 1)::timestamptz);
                END IF;
                EXECUTE format('DROP TABLE %I', name);
                RETURN NEXT 'dropped ' || name;
            EXCEPTION WHEN lock_not_available THEN
                RETURN NEXT 'left ' || name;
            END;
        END LOOP;
        DELETE FROM outbox WHERE tableoid = 'outbox_default'::regclass
        AND published_at IS NOT NULL AND created_at < current_date - keep_days;
        DELETE FROM inbox_default WHERE received_at < current_date - keep_days - 1;
    END $$
    """,
    "REVOKE ALL ON FUNCTION maintain_backbone FROM PUBLIC",
)


# `place` orders the changes of one transaction. What is refused changes nothing, and an import is
# told by what it changes.
_FEED = (
    """
    CREATE TABLE changes (
        workspace_id uuid NOT NULL,
        kind text NOT NULL,
        id uuid NOT NULL,
        version integer NOT NULL,
        is_deleted boolean NOT NULL,
        xid xid8 NOT NULL,
        place bigint NOT NULL,
        PRIMARY KEY (workspace_id, kind, id)
    )
    """,
    "CREATE INDEX changes_in_order ON changes (workspace_id, xid, place)",
    "CREATE SEQUENCE changes_place",
    """
    CREATE FUNCTION note_changes() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO changes (workspace_id, kind, id, version, is_deleted, xid, place)
        SELECT workspace_id, kind, id, version, is_deleted, pg_current_xact_id(),
               nextval('changes_place')
        FROM (
            SELECT DISTINCT ON (workspace_id, topic, key)
                   workspace_id, split_part(topic, '.', 3) AS kind, key::uuid AS id,
                   aggregate_version AS version, type ~ '[.](deleted|merged)$' AS is_deleted,
                   staged.id AS staged_id
            FROM staged
            WHERE workspace_id IS NOT NULL AND key ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
              AND topic !~ '[.]import[.]' AND type !~ '[.]hold_rejected$'
            ORDER BY workspace_id, topic, key, staged.id DESC
        ) newest
        ORDER BY staged_id
        ON CONFLICT (workspace_id, kind, id) DO UPDATE
        SET version = excluded.version, is_deleted = excluded.is_deleted, xid = excluded.xid,
            place = excluded.place
        WHERE changes.version <= excluded.version;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER note_changes AFTER INSERT ON outbox REFERENCING NEW TABLE AS staged
    FOR EACH STATEMENT EXECUTE FUNCTION note_changes()
    """,
    # Which cluster counts the transactions, and since which restore or failover.
    """
    CREATE FUNCTION database_cluster() RETURNS text STABLE LANGUAGE sql AS $$
        SELECT format('%s/%s', system_identifier, timeline_id)
        FROM pg_control_system(), pg_control_checkpoint()
    $$
    """,
    "CREATE TABLE changes_epoch (epoch bigint NOT NULL, cluster text NOT NULL)",
    "INSERT INTO changes_epoch VALUES (1, database_cluster())",
    """
    CREATE FUNCTION mend_changes() RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    BEGIN
        UPDATE changes_epoch SET epoch = epoch + 1, cluster = database_cluster()
        WHERE cluster <> database_cluster();
        IF NOT FOUND THEN
            RETURN false;
        END IF;
        PERFORM set_config('warehouse.scope', 'system', true);
        UPDATE changes SET xid = '3' WHERE xid > pg_current_xact_id();
        RETURN true;
    END $$
    """,
    "REVOKE ALL ON FUNCTION mend_changes FROM PUBLIC",
)


def upgrade(service: str, owner_url: str) -> None:
    """Bring a service's database to the newest revision; safe to call by several at once."""
    command.upgrade(_config(service, owner_url), "head")


def is_current(service: str, owner_url: str) -> bool:
    """Whether the database stands at the newest revision already; quick."""
    head = ScriptDirectory.from_config(_config(service, owner_url)).get_current_head()
    return asyncio.run(_revision(owner_url)) == head


def run() -> None:
    """What `env.py` does: run the migrations over one connection, in one transaction."""
    config = context.config
    asyncio.run(_migrate(str(config.attributes["url"])))


def backbone() -> None:
    """The tables of the event backbone and of idempotency, with their policies."""
    for statement in _BACKBONE:
        op.execute(statement)
    isolate("outbox", nullable=True)
    op.execute("SELECT maintain_backbone(7)")


def drop_backbone() -> None:
    """Undo `backbone`."""
    for table in ("idempotency_keys", "consumer_positions", "inbox", "outbox"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION maintain_backbone")
    op.execute("DROP FUNCTION first_event_id")


def feed(tables: Mapping[str, str]) -> None:
    """The feed of changes (`chassis.changes`), beginning with what `tables` (by the aggregates'
    names in topics) hold already."""
    for statement in _FEED:
        op.execute(statement)
    isolate("changes")
    op.execute("SELECT set_config('warehouse.scope', 'system', true)")
    for kind, table in tables.items():
        op.execute(f"""
            INSERT INTO changes (workspace_id, kind, id, version, is_deleted, xid, place)
            SELECT workspace_id, '{kind}', id, version, false, pg_current_xact_id(),
                   nextval('changes_place')
            FROM (SELECT workspace_id, id, version FROM {table} ORDER BY id) there
        """)


def drop_feed() -> None:
    """Undo `feed`."""
    op.execute("DROP TRIGGER note_changes ON outbox")
    for function in ("note_changes", "mend_changes", "database_cluster"):
        op.execute(f"DROP FUNCTION {function}")
    for table in ("changes_epoch", "changes"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP SEQUENCE changes_place")


def import_memory() -> None:
    """What a service that is passed the rows of imports (`chassis.importing`) keeps of each: which
    chunks it has applied, and what a dry run would have made."""
    op.execute("""
        CREATE TABLE import_progress (
            import_id uuid NOT NULL,
            workspace_id uuid NOT NULL,
            chunk integer NOT NULL,
            PRIMARY KEY (import_id, chunk)
        )
    """)
    op.execute("""
        CREATE TABLE import_seen (
            workspace_id uuid NOT NULL,
            import_id uuid NOT NULL,
            kind text NOT NULL,
            name text NOT NULL,
            PRIMARY KEY (workspace_id, import_id, kind, name)
        )
    """)
    for table in ("import_progress", "import_seen"):
        isolate(table)


def drop_import_memory() -> None:
    """Undo `import_memory`."""
    for table in ("import_progress", "import_seen"):
        op.execute(f"DROP TABLE {table}")


_WORKSPACE = "nullif(current_setting('warehouse.workspace_id', true), '')::uuid"
_ITS_OWN = f"workspace_id = {_WORKSPACE}"


def level_wall(table: str, *, undone: bool = False) -> None:
    """Let the planner take the wall of a table for one that half of the rows pass.

    A query names its workspace as well. The planner multiplies both conditions, as if they had
    nothing to do with each other: of a workspace with a hundredth of a table's rows it would expect
    a ten-thousandth, and rather sort all there is than read a page in order. Of what a CASE says it
    knows nothing, and expects half."""
    level = f"CASE WHEN {_WORKSPACE} IS NULL THEN false ELSE {_ITS_OWN} END"
    op.execute(f"ALTER POLICY tenant ON {table} USING ({_ITS_OWN if undone else level})")


def isolate(table: str, *, nullable: bool = False, personal: bool = False) -> None:
    """Row-level security for a table with a `workspace_id`: a session sees the rows of its
    workspace; one of the whole service sees all; with `personal`, a user's session sees the rows
    that carry their `user_id`. With `nullable`, rows of no workspace may be written by anybody."""
    workspace = f"workspace_id IS NULL OR {_ITS_OWN}" if nullable else _ITS_OWN
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {table} USING ({workspace})")
    op.execute(
        f"CREATE POLICY system ON {table} "
        "USING (current_setting('warehouse.scope', true) = 'system')"
    )
    if personal:
        user = "user_id = nullif(current_setting('warehouse.user_id', true), '')::uuid"
        op.execute(f"CREATE POLICY personal ON {table} USING ({user})")


def _config(service: str, owner_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files(f"services.{service}") / "migrations"))
    config.attributes["url"] = owner_url
    return config


async def _migrate(url: str) -> None:
    engine = create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool
    )
    async with engine.begin() as connection:
        await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(20260101)")
        await connection.run_sync(_run_on)
    await engine.dispose()


def _run_on(connection: Connection) -> None:
    context.configure(connection=connection, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


async def _revision(owner_url: str) -> str | None:
    connection: Any = await asyncpg.connect(owner_url)
    try:
        if not await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL"):
            return None
        revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
        return revision
    finally:
        await connection.close()
