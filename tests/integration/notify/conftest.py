"""Notify alone, with the test playing its neighbours."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from integration.notify.rig import Neighbours
from support.kafka import Kafka


@pytest.fixture(autouse=True)
def notify(run_services: Callable[..., dict[str, str]]) -> None:
    run_services("notify")


@pytest.fixture
async def neighbours(
    kafka: Kafka,
    caller: Callable[..., httpx.AsyncClient],
    connect: Callable[[str], Any],
    workspace_id: UUID,
) -> Neighbours:
    return Neighbours(kafka, caller, await connect("notify"), workspace_id)
