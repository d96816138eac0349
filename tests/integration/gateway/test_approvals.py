"""What the gateway does with a change that needs an approval: in front of an auth that stores it
and a catalog that it is for."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from integration.gateway.rig import Auth, Echo, Start, served
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.identity import MemberRole

MIB = 1024 * 1024


class CarefulAuth(Auth):
    """One that wants members' changes approved, and holds one."""

    def __init__(self) -> None:
        super().__init__()
        self.admin = str(uuid4())
        self.roles[self.workspace, self.admin] = "admin"
        self.stored: list[dict[str, Any]] = []
        self.reported: list[dict[str, Any]] = []
        self.status = "approved"
        internal = "/internal/approvals/{workspace}"
        self.app.router.routes += [
            Route(internal, self._store, methods=["POST"]),
            Route(internal + "/{id}/outcome", self._conclude, methods=["POST"]),
            Route(
                "/v1/workspaces/{workspace}/approvals/{id}/approve",
                self._approve,
                methods=["POST"],
            ),
        ]

    async def _membership(self, request: Request) -> Response:
        answer = await super()._membership(request)
        found = json.loads(bytes(answer.body))
        return JSONResponse(found | {"approval": found.get("role") == "member"}, answer.status_code)

    async def _store(self, request: Request) -> Response:
        headers = {name: request.headers.get(name) for name in ("if-match", "idempotency-key")}
        self.stored.append(
            await request.json() | headers | {"user": self._identity(request).user_id}
        )
        return JSONResponse({"status": "pending"}, 202, {"location": "/somewhere"})

    async def _approve(self, request: Request) -> Response:
        assert request.headers.get("idempotency-key") is None
        change = {
            "id": request.path_params["id"],
            "workspace_id": self.workspace,
            "requested_by": self.user,
            "method": "PATCH",
            "path": self.path("items/x"),
            "query": "a=%20b",
            "body": {"name": "ä"},
            "if_match": '"3"',
            "status": self.status,
        }
        return JSONResponse(change, 409 if self.status == "rejected" else 200)

    async def _conclude(self, request: Request) -> Response:
        self.reported.append(await request.json() | {"user": self._identity(request).user_id})
        return JSONResponse({"status": "concluded"})

    def approval(self) -> dict[str, Any]:
        return {
            "url": self.path(f"approvals/{uuid4()}/approve"),
            "headers": self.bearer(sub=self.admin, sid=str(uuid4())) | {"Idempotency-Key": "one"},
        }


@pytest.fixture
async def auth() -> CarefulAuth:
    return CarefulAuth()


@pytest.fixture
async def client(
    start_gateway: Start, echo: Echo, repository: Path
) -> AsyncIterator[httpx.AsyncClient]:
    async with served(echo) as catalog:
        yield await start_gateway(
            catalog_url=catalog, contracts=repository / "contracts" / "openapi", response_timeout=5
        )


async def test_a_change_is_stored_as_the_member_sent_it_with_the_version_they_saw(
    client: httpx.AsyncClient, auth: CarefulAuth, echo: Echo
) -> None:
    """Its resource is read in their name, and nothing else reaches the service; the answer says
    where it waits."""
    echo.headers = {"etag": '"7"'}
    headers = auth.bearer() | {"Idempotency-Key": "mine"}
    answer = await client.post(
        auth.path("items/x/archive?a=%20b"), headers=headers, json={"ä": [1.50, 2, None]}
    )
    assert (answer.status_code, answer.headers["location"]) == (202, "/somewhere")
    assert [(one.method, one.target) for one in echo.seen] == [("GET", auth.path("items/x"))]
    assert echo.seen[0].identity.user_id == UUID(auth.user)
    assert auth.stored == [
        {
            "method": "POST",
            "path": auth.path("items/x/archive"),
            "query": "a=%20b",
            "body": '{"ä":[1.5,2,null]}',
            "if-match": '"7"',
            "idempotency-key": "mine",
            "user": UUID(auth.user),
        }
    ]


@pytest.mark.parametrize(
    ("method", "path", "given", "asked", "seen"),
    [
        ("POST", "items", {}, 0, "*"),
        ("DELETE", "items/x", {"If-Match": '"2"'}, 0, '"2"'),
        ("DELETE", "items/x", {"If-Match": "*"}, 1, '"7"'),
        ("PATCH", "items/x", {}, 1, '"7"'),
    ],
)
async def test_the_version_is_the_one_that_was_named_or_is_there(
    client: httpx.AsyncClient,
    auth: CarefulAuth,
    echo: Echo,
    method: str,
    path: str,
    given: dict[str, str],
    asked: int,
    seen: str,
) -> None:
    echo.headers = {"etag": '"7"'}
    answer = await client.request(method, auth.path(path), headers=auth.bearer() | given)
    assert answer.status_code == 202
    assert (len(echo.seen), auth.stored[0]["if-match"]) == (asked, seen)
    assert auth.stored[0]["body"] is None


async def test_reading_and_what_is_no_members_pass_as_ever(
    client: httpx.AsyncClient, auth: CarefulAuth, echo: Echo
) -> None:
    """Members read, admins change, and nobody's own affairs wait for an admin."""
    assert (await client.get(auth.path(), headers=auth.bearer())).status_code == 200
    admin = auth.bearer(sub=auth.admin, sid=str(uuid4()))
    assert (await client.post(auth.path(), headers=admin, json={})).status_code == 200
    leaving = await client.delete(auth.path(f"members/{auth.user}"), headers=auth.bearer())
    assert leaving.status_code == 204
    assert (len(echo.seen), auth.stored) == (2, [])


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"\x00\x01", "image/png", 403),
        (b"a=1", "application/x-www-form-urlencoded", 403),
        (b'"' + b"x" * MIB + b'"', "application/json", 403),
        (b"[" + b"0," * 300_000 + b"1e10,1e10]", "application/json", 202),
        (b"[" + b"1e9," * 250_000 + b"0]", "application/json", 403),  # longer once written out
        (b'{"a":', "application/json", 400),
        (b'{"a":NaN}', "application/json", 400),
        (b'{"a":1e999}', "application/json", 400),
        (b'{"a":"\\ud800"}', "application/json", 400),
        (b'"\xff"', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[" * 101 + b"]" * 101, "application/json", 400),
        (b"9" * 5000, "application/json", 400),
    ],
)
async def test_only_json_can_wait(
    client: httpx.AsyncClient, auth: CarefulAuth, content: bytes, content_type: str, status: int
) -> None:
    """Anything else is refused with what to do, and nothing is stored."""
    headers = auth.bearer() | {"Content-Type": content_type}
    answer = await client.post(auth.path(), headers=headers, content=content)
    assert (answer.status_code, len(auth.stored)) == (status, int(status == 202))
    if status == 403:
        assert answer.json()["code"] == "approval-needed"
        assert "ask an admin" in answer.json()["detail"]


async def test_a_body_of_unknown_length_is_bounded_too(
    client: httpx.AsyncClient, auth: CarefulAuth
) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b'"'
        for _ in range(17):
            yield b"x" * 65_536

    headers = auth.bearer() | {"Content-Type": "application/json"}
    answer = await client.post(auth.path(), headers=headers, content=parts())
    assert (answer.status_code, auth.stored) == (403, [])


async def test_what_can_not_be_read_is_not_stored(
    client: httpx.AsyncClient, auth: CarefulAuth, echo: Echo
) -> None:
    """The member learns at once that there is no such thing."""
    echo.status, echo.content = 404, b'{"code":"not-found"}'
    answer = await client.patch(auth.path("items/x"), headers=auth.bearer(), json={})
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    nowhere = await client.post(auth.path("items/x/y/z"), headers=auth.bearer(), json={})
    assert (nowhere.status_code, auth.stored) == (404, [])


async def test_an_approved_change_is_made_as_the_members_and_reported(
    client: httpx.AsyncClient, auth: CarefulAuth, echo: Echo
) -> None:
    """With the member's role of now, under the approval's id; the admin gets what auth says."""
    echo.status, echo.content = 409, b'{"code":"conflict"}'
    approval = auth.approval()
    answer = await client.post(**approval)
    assert (answer.status_code, answer.json()) == (200, {"status": "concluded"})
    [made] = echo.seen
    assert (made.method, made.target) == ("PATCH", auth.path("items/x?a=%20b"))
    assert (json.loads(made.body), made.values("if-match")) == ({"name": "ä"}, ['"3"'])
    assert made.values("idempotency-key") == []
    who = made.identity
    assert (who.user_id, who.role) == (UUID(auth.user), MemberRole.MEMBER)
    assert str(who.approval_id) in approval["url"]
    assert auth.reported == [
        {"status": 409, "body": '{"code":"conflict"}', "user": UUID(auth.admin)}
    ]


@pytest.mark.parametrize("status", ["applied", "failed", "rejected"])
async def test_what_is_not_to_be_made_is_not(
    client: httpx.AsyncClient, auth: CarefulAuth, echo: Echo, status: str
) -> None:
    """What auth says passes on."""
    auth.status = status
    answer = await client.post(**auth.approval())
    assert answer.status_code == (409 if status == "rejected" else 200)
    assert (answer.json()["status"], echo.seen, auth.reported) == (status, [], [])


@pytest.mark.parametrize("status", [503, 429])
async def test_what_could_not_be_tried_stays_approved(
    client: httpx.AsyncClient, auth: CarefulAuth, echo: Echo, status: int
) -> None:
    """A service that is away has decided nothing: the admin is told so, and may ask again."""
    echo.status = status
    answer = await client.post(**auth.approval())
    assert (answer.status_code, answer.json()["status"]) == (202, "approved")
    assert auth.reported == []
    echo.status = 200
    assert (await client.post(**auth.approval())).status_code == 200
    assert [one["status"] for one in auth.reported] == [200]


async def test_a_service_out_of_reach_has_decided_nothing(
    start_gateway: Start, auth: CarefulAuth, repository: Path
) -> None:
    client = await start_gateway(contracts=repository / "contracts" / "openapi")
    answer = await client.post(**auth.approval())
    assert (answer.status_code, auth.reported) == (202, [])


async def test_a_change_of_who_is_no_member_fails(
    client: httpx.AsyncClient, auth: CarefulAuth, echo: Echo
) -> None:
    """Whatever the gateway remembers of them."""
    await client.get(auth.path(), headers=auth.bearer())
    del auth.roles[auth.workspace, auth.user]
    await client.post(**auth.approval())
    assert [json.loads(one["body"])["code"] for one in auth.reported] == ["no-member"]
    assert [one.method for one in echo.seen] == ["GET"]
