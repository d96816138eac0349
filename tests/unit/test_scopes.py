"""What an access token may do, at every route of every service: no more than its scopes, whoever
it belongs to. The refusal comes before anything is read, so no database is needed here."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from support.openapi import Operation, operations

from chassis import sealing
from chassis.identity import (
    HEADER,
    AccessScope,
    Identity,
    IdentitySigner,
    MemberRole,
    new_key_pair,
)
from chassis.service import Service
from warehouse.registry import SERVICES, load

WORKSPACE = uuid4()
READ, WRITE, ADMIN = AccessScope
_PARAMETER = re.compile(r"\{(\w+)\}")


@pytest.fixture(scope="module")
def signer() -> Iterator[IdentitySigner]:
    """Signs as the gateway would; with what a service has to find to be wired around it, and
    nothing that it would reach."""
    private, public = new_key_pair()
    with pytest.MonkeyPatch.context() as patch:
        for name in SERVICES:
            url = f"postgresql://nobody@127.0.0.1:1/{name}"
            patch.setenv(f"{name.upper()}_DATABASE_URL", url)
        patch.setenv("AUTH_SIGNING_KEYS", new_key_pair()[0])
        patch.setenv("AUTH_ENCRYPTION_KEYS", sealing.new_key())
        patch.setenv("AUTH_ARGON2_MEMORY_KIB", "8")
        patch.setenv("WAREHOUSE_MAIL_KEYS", sealing.new_key())
        patch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
        patch.setenv("WAREHOUSE_IDENTITY_PUBLIC_KEY", public)
        patch.setattr("chassis.logging.configure", lambda *_: None)  # this process is pytest's
        yield IdentitySigner(private)


@pytest.fixture(params=SERVICES)
async def service(
    request: pytest.FixtureRequest,
    signer: IdentitySigner,  # noqa: ARG001 - for the environment
) -> AsyncIterator[Service]:
    built = load(request.param)
    yield built
    for part in built.serving:
        await part.stop()


class Caller:
    """An owner of the workspace who comes with an access token."""

    def __init__(self, http: httpx.AsyncClient, signer: IdentitySigner) -> None:
        self._http, self._signer = http, signer

    async def refused(self, operation: Operation, *scopes: AccessScope) -> dict[str, Any]:
        """The problem that a token with these scopes alone meets; it has to be a 403."""
        inside = "{workspace_id}" in operation.path
        who = Identity(
            user_id=uuid4(),
            token_id=uuid4(),
            scopes=frozenset(scopes),
            workspace_id=WORKSPACE if inside else None,
            role=MemberRole.OWNER if inside else None,
        )
        path = operation.path.replace("{workspace_id}", str(WORKSPACE))
        answer = await self._http.request(
            operation.method,
            _PARAMETER.sub(lambda _: str(uuid4()), path),
            headers={HEADER: self._signer.sign(who)},
        )
        assert answer.status_code == 403, (operation.name, scopes, answer.text)
        problem: dict[str, Any] = answer.json()
        return problem


@pytest.fixture
async def caller(service: Service, signer: IdentitySigner) -> AsyncIterator[Caller]:
    transport = httpx.ASGITransport(service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
        yield Caller(http, signer)


async def test_no_token_reaches_further_than_its_scopes(service: Service, caller: Caller) -> None:
    """Each route refuses a token with every scope but the one it asks for, and names that."""
    for operation in operations(service.name):
        if operation.scope in set(AccessScope):
            others = set(AccessScope) - {operation.scope}
            problem = await caller.refused(operation, *map(AccessScope, others))
            told = (problem["code"], problem["required_scope"])
            assert told == ("insufficient-scope", operation.scope), operation.name


async def test_no_token_at_all_reaches_what_guards_an_account(
    service: Service, caller: Caller
) -> None:
    for operation in operations(service.name):
        if operation.scope == "session":
            problem = await caller.refused(operation, READ, WRITE, ADMIN)
            assert "sign in" in problem["detail"], operation.name
