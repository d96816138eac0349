"""Callers: clients that reach a service as the gateway would, or the platform as a person."""

import secrets
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Any
from uuid import UUID

import httpx

from chassis.identity import HEADER, AccessScope, Identity, IdentitySigner, MemberRole
from support.waiting import eventually

DOCUMENTATION = 0x20010DB8 << 96  # 2001:db8::/32 (RFC 3849)
TLS = ssl.create_default_context()  # reading the certificates anew for each client takes its time
PASSWORD = "a long enough passphrase"
ON_ITS_WAY = "may still be on its way"  # what a service says of a thing that it has not heard of


def direct(
    signer: IdentitySigner,
    base_url: str,
    *,
    workspace_id: UUID | None,
    user_id: UUID | None,
    role: MemberRole | None = MemberRole.MEMBER,
    session_id: UUID | None = None,
    locations: frozenset[UUID] | None = None,
    token_id: UUID | None = None,
    scopes: Collection[str] | None = None,
    address: str | None = None,
) -> httpx.AsyncClient:
    """A client of one service with the identity the gateway would have signed; at an address of
    its own unless one is given, since attempts are counted by it."""
    who = Identity(
        user_id=user_id,
        session_id=session_id,
        workspace_id=workspace_id,
        role=role if workspace_id else None,
        locations=locations,
        token_id=token_id,
        scopes=None if scopes is None else frozenset(map(AccessScope, scopes)),
        address=address or str(IPv6Address(DOCUMENTATION + secrets.randbits(96))),
    )

    async def sign(request: httpx.Request) -> None:
        request.headers[HEADER] = signer.sign(who)

    return httpx.AsyncClient(
        base_url=base_url, event_hooks={"request": [sign]}, timeout=40, verify=TLS
    )


@dataclass
class Person:
    """Somebody who registered and signed in at the gateway."""

    email: str
    user_id: str
    http: httpx.AsyncClient
    refresh_token: str
    workspace_id: str  # the personal workspace

    def at(self, path: str, workspace_id: str | None = None) -> str:
        """The path of a resource in a workspace, the personal one by default."""
        return f"/v1/workspaces/{workspace_id or self.workspace_id}{path}"

    async def add(self, path: str, body: dict[str, Any], workspace_id: str | None = None) -> Any:  # noqa: ANN401
        """POST that must answer 201; the answer's body. Services that have just started may have
        more to catch up with than a request waits for: it waits longer, and tries again."""

        async def post() -> httpx.Response:
            where = self.at(path, workspace_id)
            answer = await self.http.post(where, json=body, headers={"prefer": "wait=30"})
            assert ON_ITS_WAY not in answer.text, answer.text
            return answer

        response = await eventually(post)
        assert response.status_code == 201, response.text
        return response.json()

    async def see(self, path: str, workspace_id: str | None = None) -> Any:  # noqa: ANN401
        """GET that must answer 200; the answer's body."""
        response = await self.http.get(self.at(path, workspace_id))
        assert response.status_code == 200, response.text
        return response.json()


async def register(url: str, name: str = "Ada Lovelace") -> Person:
    """A new person at the platform, signed in."""
    email = f"{name.split(maxsplit=1)[0].lower()}-{secrets.token_hex(6)}@example.org"
    http = httpx.AsyncClient(base_url=url, timeout=40, verify=TLS)
    answer = await http.post(
        "/v1/auth/register", json={"email": email, "password": PASSWORD, "full_name": name}
    )
    assert answer.status_code == 201, answer.text
    tokens = await http.post("/v1/auth/login", json={"email": email, "password": PASSWORD})
    assert tokens.status_code == 200, tokens.text
    http.headers["authorization"] = f"Bearer {tokens.json()['access_token']}"
    workspaces = (await http.get("/v1/workspaces")).json()["items"]
    [personal] = [workspace for workspace in workspaces if workspace["is_personal"]]
    return Person(email, answer.json()["id"], http, tokens.json()["refresh_token"], personal["id"])
