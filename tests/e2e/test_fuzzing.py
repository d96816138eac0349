"""Requests that nobody thought of: made from the merged OpenAPI, sent through the gateway."""

import re
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from support import callers
from support.fuzzing import Fuzzer, Stranger
from support.hostile import BODIES, HEADERS, spoiled
from support.tenants import furnish

MARK = "Zyzzogeton"
PROBLEM = "application/problem+json"
W = "/v1/workspaces/{workspace_id}"
THIRD = 3
PLAIN = (
    ("GET", f"{W}/items"),
    ("POST", f"{W}/items"),
    ("PATCH", f"{W}/items/{{item_id}}"),
    ("POST", f"{W}/loans"),
    ("POST", "/v1/auth/refresh"),
)


@pytest.fixture
async def fuzzer(platform: str) -> AsyncIterator[Fuzzer]:
    theirs = await callers.register(platform, f"{MARK} Stranger")
    mine = await callers.register(platform, "Fay Fuzzer")
    ids = await furnish(theirs, MARK)
    expendable = [await callers.register(platform, "Ex Pendable") for _ in range(4)]
    stranger = Stranger(ids, (MARK, theirs.email))
    fuzzer = Fuzzer(platform, mine, await furnish(mine, "Own"), stranger, expendable)
    yield fuzzer
    fuzzer.close()
    for person in (theirs, mine, *expendable):
        await person.http.aclose()


@pytest.fixture
def document(platform: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{platform}/openapi.json", timeout=40).json()
    return found


def changing(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The operations that take JSON, and can't end what the others need."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            taken = operation.get("requestBody", {}).get("content", {})
            if "application/json" in taken and path != "/v1/auth/logout":
                yield method, path, operation


def example_of(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    _, _, name = schema["$ref"].rpartition("/")
    [found] = document["components"]["schemas"][name]["examples"]
    return dict(found)


def test_any_request_is_answered_as_documented_and_tells_of_no_other_workspace(
    fuzzer: Fuzzer, document: dict[str, Any]
) -> None:
    """A good request to every operation and a bad one to a third of them (to all in the long one),
    then journeys through several: no failure of ours, no status, content type or body that the
    document does not tell of, and not a word of another workspace."""
    fuzzer.operations(document, examples=1, bad_to_each=THIRD)
    fuzzer.journeys(document, examples=4, steps=15)
    assert not fuzzer.failures, fuzzer.report()
    assert fuzzer.answered["2xx"] > fuzzer.sent / 10, fuzzer.answered


async def test_no_body_and_no_header_makes_it_fail(
    fuzzer: Fuzzer, document: dict[str, Any]
) -> None:
    """Every operation with a body, sent what is no JSON or hardly is (a third of it, in turn), and
    its own example with one field after the other spoiled; and header fields with anything in them:
    each answer is a success or a problem document."""
    wrong = []
    http = fuzzer.person.http

    async def ask(
        what: str, method: str, path: str, body: bytes, *more: tuple[bytes, bytes]
    ) -> None:
        fields = {b"content-type": b"application/json"} | dict(more)
        address = re.sub(r"\{(\w+)\}", lambda m: fuzzer.ids.get(m[1], str(uuid.UUID(int=1))), path)
        answer = await http.request(method, address, content=body, headers=fields)
        kind = answer.headers.get("content-type", "")
        if answer.status_code >= 500 or (answer.status_code >= 400 and kind != PROBLEM):
            wrong.append((what, method, path, answer.status_code, answer.text[:200]))

    for number, (method, path, operation) in enumerate(changing(document)):
        for what, body in list(BODIES.items())[number % THIRD :: THIRD]:
            await ask(what, method, path, body)
        for body in spoiled(example_of(document, operation), number):
            await ask(body[:200].decode(), method, path, body)
    for field in HEADERS:
        for method, path in PLAIN:
            await ask(repr(field[1][:40]), method, path, b'{"name": "Header"}', field)
    assert wrong == []


@pytest.mark.long
def test_many_more_of_them(fuzzer: Fuzzer, document: dict[str, Any]) -> None:
    """The same, for minutes: for `make test-reliability`."""
    fuzzer.operations(document, examples=20)
    fuzzer.journeys(document, examples=100, steps=30)
    assert not fuzzer.failures, fuzzer.report()
