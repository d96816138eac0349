"""Loans alone, with catalog and inventory played by the tests."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from integration.loans.rig import Desk
from support.kafka import Kafka


@pytest.fixture(autouse=True)
def loans(run_services: Callable[..., dict[str, str]]) -> None:
    run_services("loans")


@pytest.fixture
async def desk(
    caller: Callable[..., httpx.AsyncClient],
    connect: Callable[[str], Any],
    kafka: Kafka,
    workspace_id: UUID,
) -> Desk:
    client = caller("loans", workspace_id=workspace_id)
    client.base_url = client.base_url.join(f"/v1/workspaces/{workspace_id}")
    return Desk(client, kafka, await connect("loans"), workspace_id)
