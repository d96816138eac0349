"""Analytics alone, with the test playing its neighbours."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from integration.analytics.rig import Neighbours
from support.kafka import Kafka


@pytest.fixture(autouse=True)
def analytics(run_services: Callable[..., dict[str, str]]) -> None:
    run_services("analytics")


@pytest.fixture
async def neighbours(
    kafka: Kafka,
    caller: Callable[..., httpx.AsyncClient],
    connect: Callable[[str], Any],
    workspace_id: UUID,
) -> Neighbours:
    api = caller("analytics", workspace_id=workspace_id)
    return Neighbours(kafka, api, await connect("analytics"), workspace_id)
