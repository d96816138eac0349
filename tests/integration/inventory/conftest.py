"""Inventory alone, with catalog and loans played by the tests."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from integration.inventory.rig import Shelf
from support.kafka import Kafka


@pytest.fixture(autouse=True)
def inventory(run_services: Callable[..., dict[str, str]]) -> None:
    run_services("inventory")


@pytest.fixture
async def shelf(
    caller: Callable[..., httpx.AsyncClient],
    connect: Callable[[str], Any],
    kafka: Kafka,
    workspace_id: UUID,
) -> Shelf:
    client = caller("inventory", workspace_id=workspace_id)
    client.base_url = client.base_url.join(f"/v1/workspaces/{workspace_id}")
    return Shelf(client, kafka, await connect("inventory"), workspace_id)
