"""The check at the end of every session: events that tests made the services publish."""

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from support import contract

from warehouse.embedded import stack


@pytest.fixture
def stricter(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A contract in which items have a field more than the code gives them."""
    shutil.copytree(repository / "contracts", tmp_path / "contracts")
    path = tmp_path / "contracts/events/warehouse.catalog.item.created/1.json"
    schema = json.loads(path.read_text())
    schema["required"].append("colour")
    path.write_text(json.dumps(schema))
    monkeypatch.setattr(contract, "CONTRACTS", tmp_path / "contracts")
    contract._schema.cache_clear()
    yield
    contract._schema.cache_clear()


@pytest.mark.usefixtures("stricter")
async def test_an_event_that_does_not_fit_fails_the_session(
    run_services: Callable[..., dict[str, str]],
    caller: Callable[..., httpx.AsyncClient],
    workspace_id: UUID,
    servers: stack.Servers,
) -> None:
    """With its type and its field; events that do fit are not told of."""
    run_services("catalog")
    api = caller("catalog", workspace_id=workspace_id)
    api.base_url = api.base_url.join(f"/v1/workspaces/{workspace_id}")
    assert (await api.post("/items", json={"name": "Tent"})).status_code == 201
    assert (await api.post("/categories", json={"name": "Camping"})).status_code == 201
    with pytest.raises(AssertionError) as told:
        await asyncio.to_thread(contract.check_events, servers.admin_url, workspace_id)
    assert "warehouse.catalog.item.created v1: event: 'colour' is a required" in str(told.value)
    assert "category" not in str(told.value)


def test_what_a_test_tells_of_is_a_whole_event() -> None:
    """A neighbour that is played by a test says nothing that its service would not."""
    type_ = "warehouse.catalog.item.created"
    item = contract.completed(type_, {"id": UUID(int=1), "name": "Tent"})
    assert (item["id"], item["name"], item["min_stock_level"]) == (str(UUID(int=1)), "Tent", 1)
    with pytest.raises(AssertionError, match="min_stock_level: -1 is less than the minimum"):
        contract.completed(type_, {"min_stock_level": -1})
    with pytest.raises(AssertionError, match="nobody publishes"):
        contract.completed("warehouse.catalog.item.eaten", {})
    refused = "warehouse.inventory.stock.hold_rejected"
    assert contract.completed(refused, {"reason": "of-tomorrow"})["reason"] == "of-tomorrow"
