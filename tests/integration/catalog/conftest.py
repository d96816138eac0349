"""Catalog alone, and its API as a member of the test's workspace sees it."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from integration.catalog.imports_rig import Stage

from chassis.database import Database


@pytest.fixture(autouse=True)
def catalog(run_services: Callable[..., dict[str, str]]) -> None:
    run_services("catalog")


@pytest.fixture
def api(caller: Callable[..., httpx.AsyncClient], workspace_id: UUID) -> httpx.AsyncClient:
    client = caller("catalog", workspace_id=workspace_id)
    client.base_url = client.base_url.join(f"/v1/workspaces/{workspace_id}")
    return client


@pytest.fixture
async def item(api: httpx.AsyncClient) -> str:
    return str((await api.post("/items", json={"name": "Cordless drill"})).json()["id"])


@pytest.fixture
async def stage(
    environment: dict[str, str], connect: Callable[[str], Any], workspace_id: UUID
) -> AsyncIterator[Stage]:
    database = Database(environment["CATALOG_DATABASE_URL"], name="test", pool_size=4)
    await database.start()
    yield Stage(database, await connect("catalog"), workspace_id)
    await database.stop()
