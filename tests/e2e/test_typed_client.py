"""A client generated from the merged OpenAPI document, used on the running platform."""

import importlib
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType
from support.callers import PASSWORD

PACKAGE = "warehouse_client"
# The generator knows JSON, text and this: for bytes it has to be told.
TABLES = (
    *("text/csv", "application/csv", "application/vnd.ms-excel", "text/tab-separated-values"),
    "text/plain",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
BYTES = dict.fromkeys(
    ("*/*", "application/pdf", "image/png", "image/svg+xml", "image/webp", *TABLES),
    "application/octet-stream",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the generated package is imported from."""
    folder = tmp_path_factory.mktemp("generated")
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


def part(name: str) -> Any:  # noqa: ANN401 - a module that did not exist before
    return importlib.import_module(f"{PACKAGE}.{name}")


async def test_a_generated_client_signs_in_lists_creates_and_reads_a_problem(
    platform: str, folder: Path
) -> None:
    """Nothing is left out or misunderstood by the generator, every body and answer has a type,
    and a refusal comes back as a problem with its fields."""
    document = folder / "openapi.json"
    async with httpx.AsyncClient(base_url=platform, timeout=40) as client:
        document.write_text((await client.get("/openapi.json")).raise_for_status().text)
    config = Config.from_sources(
        ConfigFile(post_hooks=[], content_type_overrides=BYTES),
        MetaType.NONE,
        document,
        "utf-8",
        False,
        folder / PACKAGE,
    )
    assert [str(error) for error in generate(config=config)] == []
    models, email = part("models"), f"typed-{secrets.token_hex(6)}@example.org"

    async with part("client").Client(platform) as anonymous:
        registration = models.Registration(email=email, password=PASSWORD, full_name="Ty Ped")
        user = await part("api.authusers.register").asyncio(client=anonymous, body=registration)
        assert (user.email, type(user.id)) == (email, UUID)
        tokens = await part("api.auth.login").asyncio(
            client=anonymous, body=models.Login(email=email, password=PASSWORD)
        )
    async with part("client").AuthenticatedClient(platform, tokens.access_token) as client:
        workspaces = await part("api.authworkspaces.list_workspaces").asyncio(client=client)
        workspace_id = workspaces.items[0].id
        create = part("api.catalogitems.create_item").asyncio
        drill = models.ItemCreate(name="Cordless drill", min_stock_level=2)
        made = await create(workspace_id, client=client, body=drill, idempotency_key="drill-1")
        again = await create(workspace_id, client=client, body=drill, idempotency_key="drill-1")
        assert (made.name, made.min_stock_level, made.id) == ("Cordless drill", 2, again.id)
        page = await part("api.catalogitems.list_items").asyncio(workspace_id, client=client)
        assert [item.id for item in page.items] == [made.id]

        bad = models.ItemCreate(name="", min_stock_level=-1)
        problem = await create(workspace_id, client=client, body=bad)
        assert isinstance(problem, models.Problem)
        assert (problem.status, problem.code) == (422, "validation-failed")
        assert {error.field for error in problem.errors} == {"name", "min_stock_level"}
