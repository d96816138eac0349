"""Auth alone, as the gateway would call it."""

import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import httpx
import jwt
import pytest
from support.callers import direct
from support.processes import Processes

from chassis.identity import IdentitySigner, MemberRole
from chassis.sealing import Sealer

PASSWORD = "a long enough passphrase"
Caller = Callable[..., httpx.AsyncClient]
At = Callable[[str], httpx.AsyncClient]
Connection: TypeAlias = Any  # asyncpg has no types
Mails = Callable[..., Awaitable[list[dict[str, Any]]]]
Login = Callable[..., Awaitable[dict[str, Any]]]


@dataclass
class User:
    """Somebody who registered, with clients that ask in their name."""

    id: UUID
    email: str
    caller: Caller
    session_id: UUID = field(default_factory=uuid4)

    @property
    def signed_in(self) -> httpx.AsyncClient:
        """Outside any workspace, in a session."""
        return self.caller("auth", user_id=self.id, session_id=uuid4())

    def token(self, *scopes: str, token_id: UUID | None = None) -> httpx.AsyncClient:
        """Outside any workspace, with an access token."""
        return self.caller("auth", user_id=self.id, token_id=token_id or uuid4(), scopes=scopes)

    @property
    def http(self) -> httpx.AsyncClient:
        """Outside any workspace."""
        return self.caller("auth", user_id=self.id, session_id=self.session_id)

    def within(
        self, workspace_id: str | UUID, role: str, *, session_id: UUID | None = None
    ) -> httpx.AsyncClient:
        """In a workspace, with the role that the gateway would have found."""
        return self.caller(
            "auth",
            user_id=self.id,
            workspace_id=UUID(str(workspace_id)),
            role=MemberRole(role),
            session_id=session_id,
        )

    async def workspace(self, name: str = "Club") -> str:
        answer = await self.http.post("/v1/workspaces", json={"name": name})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


Register = Callable[..., Awaitable[User]]


@pytest.fixture(autouse=True)
def auth(run_services: Callable[..., dict[str, str]]) -> None:
    run_services("auth")


@pytest.fixture
async def public(signer: IdentitySigner, processes: Processes) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the public routes: signed by the gateway, for nobody in particular."""
    url = processes.url("auth")
    async with direct(signer, url, workspace_id=None, user_id=None) as client:
        yield client


@pytest.fixture
async def at(signer: IdentitySigner, processes: Processes) -> AsyncIterator[At]:
    """`at("192.0.2.1")`: a client of the public routes at an address."""
    async with AsyncExitStack() as stack:

        def at(address: str) -> httpx.AsyncClient:
            url = processes.url("auth")
            client = direct(signer, url, workspace_id=None, user_id=None, address=address)
            stack.push_async_callback(client.aclose)
            return client

        yield at


@pytest.fixture
async def auth_database(connect: Callable[[str], Awaitable[Connection]]) -> Connection:
    """A superuser's connection to auth's database."""
    return await connect("auth")


@pytest.fixture
def mails(auth_database: Connection, environment: dict[str, str]) -> Mails:
    """`await mails(email)`: what auth asked to be mailed there, oldest first, with the `token` of
    its link in the clear."""
    sealer = Sealer(environment["WAREHOUSE_MAIL_KEYS"])

    async def mails(email: str, template: str | None = None) -> list[dict[str, Any]]:
        rows = await auth_database.fetch(
            "SELECT payload FROM outbox "
            "WHERE topic = $1 AND lower(payload::json->>'email') = lower($2) ORDER BY id",
            "warehouse.auth.mail.v1",
            email,
        )
        found = [json.loads(row["payload"]) for row in rows]
        for one in found:
            one["token"] = sealer.open(one["sealed"]).decode() if one["sealed"] else None
        return [one for one in found if template in {None, one["template"]}]

    return mails


@pytest.fixture
def register(public: httpx.AsyncClient, caller: Caller) -> Register:
    async def register(name: str = "Ada Lovelace") -> User:
        email = f"{secrets.token_hex(8)}@example.org"
        body = {"email": email, "password": PASSWORD, "full_name": name}
        answer = await public.post("/v1/auth/register", json=body)
        assert answer.status_code == 201, answer.text
        return User(UUID(answer.json()["id"]), email, caller)

    return register


@pytest.fixture
def login(public: httpx.AsyncClient) -> Callable[..., Awaitable[dict[str, Any]]]:
    async def login(email: str, password: str = PASSWORD) -> dict[str, Any]:
        answer = await public.post("/v1/auth/login", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    return login


def signed_in(user: User, tokens: dict[str, Any]) -> httpx.AsyncClient:
    """The user in the session of these tokens."""
    return user.caller("auth", user_id=user.id, session_id=UUID(session_of(tokens)))


def session_of(tokens: dict[str, Any]) -> str:
    """The session id inside an access token."""
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    return str(claims["sid"])


async def add(client: httpx.AsyncClient, workspace: str, email: str, role: str) -> httpx.Response:
    return await client.post(
        f"/v1/workspaces/{workspace}/members", json={"email": email, "role": role}
    )
