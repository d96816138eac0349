"""What any service answers to requests that it can't take."""

import gzip
from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, StringConstraints, model_validator
from support.callers import TLS

from chassis.database import Database
from chassis.fields import RequestBody, wrong
from chassis.http import create_app
from chassis.identity import (
    HEADER,
    Identity,
    IdentitySigner,
    IdentityVerifier,
    MemberRole,
    new_key_pair,
)
from chassis.problems import Forbidden
from chassis.requests import Tenant

JSON = {"content-type": "application/json"}
router = APIRouter()


class Thing(RequestBody):
    name: str = ""
    at: AwareDatetime | None = None
    day: date | None = None
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")] = "a@b"
    any: Any = None

    @model_validator(mode="after")
    def _not_odd(self) -> "Thing":
        if self.name == "odd":
            raise wrong("name", "It is odd.")
        return self


@router.post("/things")
async def make(body: Thing) -> str:
    return body.name


@router.get("/things")
async def look(q: str = "", n: Annotated[int, Query(ge=0)] = 0) -> str:
    return f"{q}{n}"


@router.get("/things/{name}")
async def see(name: str) -> str:
    return name


@router.patch("/things/{name}")
@router.delete("/things/{name}")
async def change(name: str) -> str:
    return name


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    private, public = new_key_pair()
    app = create_app(
        "test",
        description="",
        routers=[router],
        database=Database("postgresql://nowhere/nothing", name="test"),
        verifier=IdentityVerifier(public),
        checks={},
        notes={},
        constraints={},
    )
    headers = {HEADER: IdentitySigner(private).sign(Identity(None, None, None, None, ""))}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers=headers, verify=TLS
    ) as client:
        yield client


async def errors(client: httpx.AsyncClient, body: str) -> list[tuple[str, str]]:
    answer = await client.post("/things", content=body, headers=JSON)
    assert answer.status_code == 422, answer.text
    return [(error["field"], error["message"]) for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        (r'{"name": "a\ud800b"}', "name", r"surrogate pair (\ud800)"),
        (r'{"name": "a\u0000b"}', "name", "NUL"),
        (r'{"any": {"deep": ["fine", "\u0000"]}}', "any.deep.1", "NUL"),
        (r'{"any": {"\u0000": 1}}', "any", "A name in it has a NUL"),
        (r'{"\udc00": 1}', "body", "A name in it has half"),
        ('{"name": "odd"}', "name", "It is odd."),
        ("[]", "body", "Send a JSON object."),
        ('{"at": "2026-11-30T12:00:00"}', "at", "such as 2026-11-30T12:00:00Z"),
        ('{"at": "tomorrow"}', "at", "such as 2026-11-30T12:00:00Z"),
        ('{"at": true}', "at", "such as 2026-11-30T12:00:00Z"),
        ('{"day": "2026"}', "day", "such as 2026-11-30."),
        ('{"day": "2026-11-30T12:00:00Z"}', "day", "such as 2026-11-30."),
        ('{"email": "nobody"}', "email", "such as name@example.org"),
        (f'{{"any": {"[" * 500}{"]" * 500}}}', "any", "levels deep"),
    ],
)
async def test_a_wrong_field_is_named_with_what_is_allowed(
    client: httpx.AsyncClient, body: str, field: str, said: str
) -> None:
    """The field itself, once, and words that say what would do."""
    [(named, message)] = await errors(client, body)
    assert named == field
    assert said in message


@pytest.mark.parametrize(
    ("query", "field"),
    [("q=a%00b", "q"), ("n=1&cursor=%00", "cursor"), ("a%00=1", "query"), ("%00", "query")],
)
async def test_a_nul_in_a_query_is_named_by_its_parameter(
    client: httpx.AsyncClient, query: str, field: str
) -> None:
    """Refused whether or not there is such a parameter."""
    answer = await client.get(f"/things?{query}")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None],
)
async def test_a_body_of_another_kind_is_415(client: httpx.AsyncClient, kind: str | None) -> None:
    """JSON that does not say so is refused, and told what to say."""
    headers = {"content-type": kind} if kind else {}
    answer = await client.post("/things", content=b'{"name": "a"}', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")
    assert "application/json" in answer.json()["detail"]


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/merge-patch+json",
    ],
)
async def test_json_by_any_of_its_names_is_taken(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post("/things", content=b'{"name": "a"}', headers={"content-type": kind})
    assert (answer.status_code, answer.json()) == (200, "a")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"name": "a"}'.encode("utf-16"), "UTF-8"),
        ('{"name": "a"}'.encode("utf-16-be"), "UTF-8"),
        ('{"name": "a"}'.encode("utf-32"), "UTF-8"),
        (b'{"name": "\xff"}', "UTF-8"),
        (gzip.compress(b'{"name": "a"}', mtime=0), "not compressed"),
        (b'{"any": %b}' % (b"1" * 5000), "digits"),
        (b'{"any": %b%b}' % (b"[" * 100_000, b"]" * 100_000), "nested"),
        (b'{"name": }', "commas"),
    ],
)
async def test_an_unreadable_body_is_told_what_to_do(
    client: httpx.AsyncClient, content: bytes, said: str
) -> None:
    answer = await client.post("/things", content=content, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert said in answer.json()["detail"]


async def test_utf_16_is_refused_however_the_type_is_written(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "APPLICATION/JSON"}
    body = '{"name": "a"}'.encode("utf-16")
    assert (await client.post("/things", content=body, headers=headers)).status_code == 400


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/things", "GET, HEAD, OPTIONS, POST"),
        ("/things/a", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("/healthz", "GET, HEAD, OPTIONS"),
    ],
)
async def test_allow_names_every_method_of_an_address(
    client: httpx.AsyncClient, path: str, allowed: str
) -> None:
    """On the 405 of a method that it has not, and on OPTIONS, which is no error."""
    refused = await client.put(path)
    assert (refused.status_code, refused.headers["allow"]) == (405, allowed)
    assert "Allow" in refused.json()["detail"]
    asked = await client.options(path)
    assert (asked.status_code, asked.headers["allow"], asked.content) == (204, allowed, b"")


async def test_an_unknown_address_says_so(client: httpx.AsyncClient) -> None:
    """Whatever the method."""
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        answer = await client.request(method, "/nothing")
        assert answer.status_code == 404
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("role", "words"), [(MemberRole.OWNER, "role owner;"), (MemberRole.ADMIN, "admin or higher;")]
)
def test_the_highest_role_has_none_above(role: MemberRole, words: str) -> None:
    with pytest.raises(Forbidden, match=words):
        Tenant(uuid4(), uuid4(), MemberRole.VIEWER).require(role)
