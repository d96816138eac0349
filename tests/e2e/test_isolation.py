"""Nothing crosses a workspace: for every route of the merged OpenAPI, found and not listed."""

import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import httpx
import pytest
from support import callers
from support.callers import Person
from support.groups import lag
from support.processes import Processes
from support.tenants import furnish
from support.waiting import eventually

from warehouse.embedded import stack
from warehouse.registry import SERVICES

Join = Callable[[str], Awaitable[Person]]
METHODS = ("get", "post", "put", "patch", "delete")
ADMINS = [{"bearer": ["admin"]}]


@pytest.fixture(scope="module")
async def url(processes: Processes) -> str:
    processes.everything()
    return processes.url("gateway")


@pytest.fixture(scope="module")
async def spec(url: str) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        answer = await client.get("/openapi.json")
        assert answer.status_code == 200
        document: dict[str, Any] = answer.json()
        return document


@pytest.fixture
async def join(url: str) -> AsyncIterator[Callable[[str], Awaitable[Person]]]:
    """`await join("Vic Viewer")`: somebody new, signed in."""
    async with AsyncExitStack() as stack:

        async def join(name: str) -> Person:
            person = await callers.register(url, name)
            stack.push_async_callback(person.http.aclose)
            return person

        yield join


@pytest.fixture(scope="module")
async def resources(url: str) -> AsyncIterator[dict[str, str]]:
    """A workspace with one of everything; the ids by the names that paths give them."""
    owner = await callers.register(url, "Vera Victim")
    ids = await furnish(owner)
    member = await callers.register(url, "Max Member")
    await owner.add("/members", {"email": member.email})
    await owner.http.patch(owner.at(""), json={"settings": {"approvals": True}})
    waiting = await member.http.post(owner.at("/items"), json={"name": "Secret tent"})
    assert waiting.status_code == 202, waiting.text
    await member.http.aclose()
    yield ids | {"approval_id": waiting.json()["id"]}
    await owner.http.aclose()


def operations(spec: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def filled(path: str, values: dict[str, str]) -> str:
    """The path with known ids, and ids of nothing where none is known."""
    return re.sub(r"\{(\w+)\}", lambda m: values.get(m[1], str(uuid.uuid4())), path)


def example(
    spec: dict[str, Any], schema: dict[str, Any], values: dict[str, str], name: str = ""
) -> Any:  # noqa: ANN401 - any JSON
    """A body that fits a schema, with the victim's ids in it."""
    if "$ref" in schema:
        _, _, title = schema["$ref"].rpartition("/")
        return example(spec, spec["components"]["schemas"][title], values, name)
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return example(spec, options[0], values, name)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        required = set(schema.get("required", ()))
        parts = schema.get("properties", {}).items()
        return {key: example(spec, part, values, key) for key, part in parts if key in required}
    if kind == "string":
        return text(schema, values.get(name, str(uuid.uuid4())))
    return {"array": [], "boolean": True}.get(kind, max(1, schema.get("minimum", 1)))


def text(schema: dict[str, Any], id_: str) -> str:
    """A string that fits its schema's format."""
    formats = {"uuid": id_, "date-time": "2030-01-01T00:00:00Z", "email": "nobody@example.org"}
    return formats.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))


def body_of(
    spec: dict[str, Any], operation: dict[str, Any], values: dict[str, str]
) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return {"json": example(spec, schema, values)} if schema else {}


async def snapshot(servers: stack.Servers, workspace_id: str) -> dict[str, Any]:
    """Every row of the workspace in every table of every service."""
    found: dict[str, Any] = {}
    for service in SERVICES:
        url = servers.admin_url.rsplit("/", 1)[0] + f"/warehouse_{service}"
        connection = await asyncpg.connect(url)
        tables = await connection.fetch(
            "SELECT table_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND column_name = 'workspace_id'"
        )
        for (table,) in tables:
            rows = await connection.fetch(
                f"SELECT to_json(t)::text FROM {table} t WHERE workspace_id = $1",
                uuid.UUID(workspace_id),
            )
            found[f"{service}.{table}"] = sorted(row[0] for row in rows)
        await connection.close()
    return found


async def quiet(servers: stack.Servers, workspace_id: str) -> dict[str, Any]:
    """The snapshot once the outboxes are drained, the words of items are known, every group has
    caught up, and two snapshots in a row are equal."""
    last: list[dict[str, Any]] = []

    async def settled() -> dict[str, Any] | None:
        last.append(await snapshot(servers, workspace_id))
        drained = not any(
            '"published_at":null' in row
            for name, rows in last[-1].items()
            if name.endswith(".outbox")
            for row in rows
        )
        drained = drained and not last[-1]["catalog.search_queue"]
        if not drained or len(last) < 2 or last[-1] != last[-2]:
            return None
        return None if await lag(servers.bootstrap_servers) else last[-1]

    found = await eventually(settled)
    assert found is not None
    return found


def fits(template: str, path: str) -> bool:
    """Whether an address of `path` is one of `template`, too."""
    parts = list(zip(template.split("/"), path.split("/"), strict=False))
    same = template.count("/") == path.count("/")
    return same and all(one == other or one.startswith("{") for one, other in parts)


async def test_the_document_covers_every_service(spec: dict[str, Any]) -> None:
    """The merged OpenAPI has the routes of all six services, so that the tests below see them."""
    paths = " ".join(spec["paths"])
    for part in (
        "/v1/auth/login",
        "/members",
        "/items",
        "/categories",
        "/locations",
        "/containers",
        "/inventory",
        "/movements",
        "/borrowers",
        "/loans",
        "/v1/notifications",
        "/dashboard",
        "/activity",
    ):
        assert part in paths
    assert "/internal" not in paths


async def test_a_stranger_finds_nothing_and_changes_nothing(
    join: Join, spec: dict[str, Any], resources: dict[str, str], servers: stack.Servers
) -> None:
    """Every route of the victim's workspace answers a member of another one 404, and not a row
    of the victim's changes."""
    stranger = await join("Steve Stranger")
    before = await quiet(servers, resources["workspace_id"])
    wrong = []
    for method, path, operation in operations(spec):
        if "{workspace_id}" not in path:
            continue
        answer = await stranger.http.request(
            method, filled(path, resources), **body_of(spec, operation, resources)
        )
        if answer.status_code != 404 or "Secret" in answer.text:
            wrong.append((method, path, answer.status_code))
        # HEAD, where there is no GET, and OPTIONS tell what the document tells, of any workspace.
        head = await stranger.http.head(filled(path, resources))
        readable = any("get" in has for one, has in spec["paths"].items() if fits(one, path))
        if head.status_code != (404 if readable else 405):
            wrong.append(("head", path, head.status_code))
        nowhere = resources | {"workspace_id": str(uuid.uuid4())}
        told = [await stranger.http.options(filled(path, each)) for each in (resources, nowhere)]
        if {answer.status_code for answer in told} != {204} or told[0].text:
            wrong.append(("options", path, told[0].status_code))
    assert wrong == []
    assert await quiet(servers, resources["workspace_id"]) == before


async def test_head_and_options_are_answered_wherever_get_is(
    join: Join, spec: dict[str, Any], resources: dict[str, str]
) -> None:
    """Through the gateway: HEAD as GET without its body, OPTIONS with every method of the
    document."""
    owner = await join("Olga Owner")
    values = resources | {"workspace_id": owner.workspace_id, "user_id": owner.user_id}
    for path, methods in spec["paths"].items():
        address = filled(path, values)
        asked = await owner.http.options(address)
        assert asked.status_code == 204, (path, asked.text)
        allowed = {method.lower() for method in asked.headers["allow"].split(", ")}
        # A word of a path may be a parameter of another.
        known = {method for one, has in spec["paths"].items() if fits(one, path) for method in has}
        assert methods.keys() & set(METHODS) <= allowed - {"head", "options"} <= known, path
        if "get" in methods:
            got, head = await owner.http.get(address), await owner.http.head(address)
            assert (head.status_code, head.content) == (got.status_code, b""), path


async def test_foreign_ids_in_ones_own_workspace_find_nothing(
    join: Join, spec: dict[str, Any], resources: dict[str, str], servers: stack.Servers
) -> None:
    """The victim's ids, in the path or in the body, used in the stranger's own workspace: refused,
    and not a row of the victim's changes."""
    stranger = await join("Steve Stranger")
    before = await quiet(servers, resources["workspace_id"])
    values = resources | {"workspace_id": stranger.workspace_id}
    wrong = []
    for method, path, operation in operations(spec):
        names = set(re.findall(r"\{(\w+)\}", path))
        if "{workspace_id}" not in path or names <= {"workspace_id", "code"}:
            continue
        answer = await stranger.http.request(
            method, filled(path, values), **body_of(spec, operation, values)
        )
        if answer.status_code not in {404, 422} or "Secret" in answer.text:
            wrong.append((method, path, answer.status_code))
    assert wrong == []
    await _bodies_with_foreign_ids(stranger, resources)
    assert await quiet(servers, resources["workspace_id"]) == before


async def _bodies_with_foreign_ids(stranger: Person, resources: dict[str, str]) -> None:
    item = await stranger.add("/items", {"name": "Own"})
    shelf = await stranger.add("/locations", {"name": "Own"})
    borrower = await stranger.add("/borrowers", {"name": "Own"})
    foreign = resources
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("/items", {"name": "x", "category_id": foreign["category_id"]}),
        ("/categories", {"name": "x", "parent_id": foreign["category_id"]}),
        ("/locations", {"name": "x", "parent_id": foreign["location_id"]}),
        ("/containers", {"name": "x", "location_id": foreign["location_id"]}),
        ("/inventory", {"item_id": foreign["item_id"], "location_id": shelf["id"]}),
        ("/inventory", {"item_id": item["id"], "location_id": foreign["location_id"]}),
        ("/loans", {"inventory_id": foreign["inventory_id"], "borrower_id": borrower["id"]}),
        ("/loans", {"inventory_id": str(uuid.uuid4()), "borrower_id": foreign["borrower_id"]}),
    ]
    for path, body in bodies:
        answer = await stranger.http.post(stranger.at(path), json=body)
        assert answer.status_code in {404, 409, 422}, (path, body, answer.text)
        assert "Secret" not in answer.text


async def test_nobody_gets_in_without_a_token(
    url: str, spec: dict[str, Any], resources: dict[str, str]
) -> None:
    """Every route but the public ones, which `contract/test_openapi.py` lists, answers 401 to a
    request without a token."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as nobody:
        for method, path, operation in operations(spec):
            if not operation["security"]:
                continue
            answer = await nobody.request(
                method, filled(path, resources), **body_of(spec, operation, resources)
            )
            assert answer.status_code == 401, (method, path, answer.status_code)
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_viewer_changes_nothing(
    join: Join, spec: dict[str, Any], servers: stack.Servers
) -> None:
    """Every changing route of a workspace answers 403 to its viewer, who may read all the rest but
    what is for admins; their favorites are their own."""
    owner = await join("Olga Owner")
    viewer = await join("Vic Viewer")
    workspace = (await owner.http.post("/v1/workspaces", json={"name": "Shared"})).json()["id"]
    await owner.http.post(
        f"/v1/workspaces/{workspace}/members", json={"email": viewer.email, "role": "viewer"}
    )
    item = await owner.add("/items", {"name": "Drill"}, workspace)
    values = {"workspace_id": workspace, "item_id": item["id"], "user_id": owner.user_id}
    before = await quiet(servers, workspace)
    for method, path, operation in operations(spec):
        if "{workspace_id}" not in path or "/favorites/" in path:
            continue
        answer = await viewer.http.request(
            method, filled(path, values), **body_of(spec, operation, values)
        )
        reads = method == "get" and operation["security"] != ADMINS
        allowed = {200, 404, 422} if reads else {403}
        assert answer.status_code in allowed, (method, path, answer.status_code, answer.text)
    assert await quiet(servers, workspace) == before


async def test_a_service_is_reached_through_the_gateway_alone(
    join: Join, spec: dict[str, Any], resources: dict[str, str], processes: Processes
) -> None:
    """Straight to a service, with a good access token or with a forged identity: 401, whatever
    the route."""
    person = await join("Paul Person")
    forged = {
        "authorization": person.http.headers["authorization"],
        "x-warehouse-identity": "forged",
        "x-user-id": person.user_id,
    }
    async with httpx.AsyncClient(timeout=30, headers=forged) as client:
        for service in SERVICES:
            own = (await client.get(f"{processes.url(service)}/openapi.json")).status_code
            assert own == 401
        for method, path, _ in operations(spec):
            for service in SERVICES:
                answer = await client.request(
                    method, processes.url(service) + filled(path, resources)
                )
                assert answer.status_code == 401, (service, method, path)
