"""A digest of what a service has made of the events: the same content, the same digest.

It is made in PostgreSQL as a sum over its rows' hashes, so that neither the order of rows nor their
number of bytes matters. Columns that the database fills by itself (identities, times of writing)
are left out: they tell when a row was written, not what it says.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from warehouse.operating.addresses import Addresses
from warehouse.operating.database import connected
from warehouse.registry import module_of

BACKBONE = (
    "alembic_version",
    "consumer_positions",
    "idempotency_keys",
    "inbox",
    "outbox",
)
_TABLES = """
    SELECT c.relname AS name, array_agg(quote_ident(a.attname) ORDER BY a.attname) AS columns
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum AND a.attgenerated = ''
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT c.relispartition AND c.relname <> ALL($1::text[])
      AND a.attidentity = ''
      AND coalesce(pg_get_expr(d.adbin, d.adrelid), '') !~ '^(nextval|now|clock_timestamp)\\('
    GROUP BY c.relname ORDER BY c.relname
"""
# Sums of two hashes of 64 bits: rows in any order, and a row twice is not a row once. The hashes
# are those that hash partitions are made by: they stay the same from one PostgreSQL to the next.
_DIGEST = """
    SELECT count(*) AS rows,
        coalesce(sum(hashtextextended(content, 0)), 0)::text AS one,
        coalesce(sum(hashtextextended(content, 1)), 0)::text AS other
    FROM (SELECT ROW({columns})::text AS content FROM public.{table}) AS rows
"""
# How values read as text is the session's choice; it is the same for everybody here.
_SETTINGS = """
    SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL bytea_output = 'hex';
    SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL extra_float_digits = 1
"""


@dataclass(frozen=True)
class TableDigest:
    table: str
    rows: int
    digest: str


@dataclass(frozen=True)
class Digest:
    """`digest` covers all `tables`, by name; all of them are of one moment."""

    service: str
    digest: str
    tables: list[TableDigest]


async def digest(addresses: Addresses, service: str, *, everything: bool = False) -> Digest:
    """The digest of the service's projections as of now: of the tables it declares to be such, of
    all its own tables where it declares none or with `everything`."""
    declared = None if everything else projections(service)
    async with (
        connected(service, addresses.database(service)) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute(_SETTINGS)
        tables = [
            await _of_table(connection, row["name"], row["columns"])
            for row in await connection.fetch(_TABLES, list(BACKBONE))
            if declared is None or row["name"] in declared
        ]
    lines = "\n".join(f"{each.table} {each.digest}" for each in tables)
    return Digest(service, _hash(lines), tables)


def projections(service: str) -> Sequence[str] | None:
    """The tables that the service declares as projections of others' events (`PROJECTIONS`, at its
    composition root); None where it declares nothing."""
    declared = getattr(import_module(module_of(service)), "PROJECTIONS", None)
    return None if declared is None else tuple(declared.tables)


async def _of_table(connection: Any, name: str, columns: Sequence[str]) -> TableDigest:  # noqa: ANN401
    quoted = await connection.fetchval("SELECT quote_ident($1)", name)
    row = await connection.fetchrow(_DIGEST.format(columns=", ".join(columns), table=quoted))
    line = f"{' '.join(columns)} {row['rows']} {row['one']} {row['other']}"
    return TableDigest(name, row["rows"], _hash(line))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
