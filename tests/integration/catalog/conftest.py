"""Catalog alone, and its API as a member of the test's workspace sees it."""

from collections.abc import Callable
from uuid import UUID

import httpx
import pytest


@pytest.fixture(autouse=True)
def catalog(run_services: Callable[..., dict[str, str]]) -> None:
    run_services("catalog")


@pytest.fixture
def api(caller: Callable[..., httpx.AsyncClient], workspace_id: UUID) -> httpx.AsyncClient:
    client = caller("catalog", workspace_id=workspace_id)
    client.base_url = client.base_url.join(f"/v1/workspaces/{workspace_id}")
    return client
