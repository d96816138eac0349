"""Items that inventory has not heard of yet."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from chassis.database import Database, TenantSession
from chassis.problems import Problem
from chassis.statements import Row
from services.inventory.items import repository, service


class Late:
    """Sees what others commit, as a request does; an item comes only after it was looked for."""

    def __init__(self, session: TenantSession, item_id: UUID) -> None:
        self.session, self.item_id, self.looks = session, item_id, 0

    async def rows(self, sql: str, *args: object) -> list[Any]:
        self.looks += 1
        found = await self.session.rows(sql, *args)
        if self.looks == 1:
            state: Row = dict.fromkeys(("external_id", "barcode", "category_id", "into_id"))
            state |= {"id": self.item_id, "workspace_id": self.session.workspace_id, "version": 1}
            state |= {"name": "Tent", "sku": "T-1", "is_archived": False, "is_deleted": False}
            state |= {"min_stock_level": 0}
            await repository.record(self.session, [state])
        return found


@pytest.fixture
async def database(environment: dict[str, str]) -> AsyncIterator[Database]:
    database = Database(environment["INVENTORY_DATABASE_URL"], name="test", pool_size=1)
    await database.start()
    yield database
    await database.stop()


async def test_an_item_made_a_moment_ago_is_waited_for(
    database: Database, workspace_id: UUID
) -> None:
    """Stock may be taken in of it, and a code be made, before its event has come here."""
    async with database.tenant(workspace_id) as session:
        for check in (service.check_usable, service.check_known):
            late = Late(session, uuid7())
            await check(session, late, late.item_id, patience=60)
            assert late.looks == 2
        late = Late(session, uuid7())
        await service.wait_for(late, workspace_id, [late.item_id], patience=60)
        assert late.looks == 2


async def test_patience_with_an_item_has_an_end(database: Database, workspace_id: UUID) -> None:
    """One that nobody has heard of is refused, with the field that names it."""
    async with database.tenant(workspace_id) as session:
        with pytest.raises(Problem) as refused:
            await service.check_usable(session, session, uuid7(), patience=0)
    assert "may still be on its way" in str(refused.value.errors)
