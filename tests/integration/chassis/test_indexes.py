"""What the tables of every service have in common."""

import asyncpg
import pytest

from warehouse.embedded.stack import Servers
from warehouse.registry import SERVICES

# The same columns in the same order, of the same rows, with no more in one than in the other.
_TWINS = """
    SELECT indrelid::regclass::text AS name, array_agg(indexrelid::regclass::text) AS indexes
    FROM pg_index JOIN pg_class c ON c.oid = indrelid
    WHERE c.relnamespace = 'public'::regnamespace
    GROUP BY indrelid, indkey::text, indnkeyatts, indclass::text, indoption::text,
        indcollation::text, indexprs::text, indpred::text
    HAVING count(*) > 1
"""


@pytest.mark.parametrize("service", SERVICES)
async def test_no_row_is_written_into_the_same_index_twice(servers: Servers, service: str) -> None:
    connection = await asyncpg.connect(f"{servers.admin_url.rsplit('/', 1)[0]}/warehouse_{service}")
    try:
        twins = await connection.fetch(_TWINS)
    finally:
        await connection.close()
    assert [dict(twin) for twin in twins] == []
