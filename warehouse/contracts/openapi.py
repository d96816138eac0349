"""What each service says of its own HTTP API; the gateway merges these into its one document."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx

from chassis import sealing
from chassis.identity import HEADER, Identity, IdentitySigner, new_key_pair
from warehouse.registry import SERVICES, load

_NOBODY = UUID(int=0)


def documents() -> dict[str, dict[str, Any]]:
    """The OpenAPI document of every service, by name. Nothing is started and nothing connects;
    call it in a process of its own, since a service configures its process."""
    private, public = new_key_pair()
    signer = IdentitySigner(private)
    with _environment(public):
        return {name: asyncio.run(_document(name, signer)) for name in SERVICES}


async def _document(name: str, signer: IdentitySigner) -> dict[str, Any]:
    transport = httpx.ASGITransport(load(name).app)
    who = Identity(user_id=_NOBODY, session_id=None, workspace_id=None, role=None)
    headers = {HEADER: signer.sign(who)}
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        answer = await client.get("/openapi.json", headers=headers)
    answer.raise_for_status()
    document: dict[str, Any] = answer.json()
    return document


@contextmanager
def _environment(public_key: str) -> Iterator[None]:
    """What a service has to find to be wired, and nothing that it would reach."""
    kept = dict(os.environ)
    os.environ.update(_settings(public_key))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def _settings(public_key: str) -> Mapping[str, str]:
    databases = {
        f"{name.upper()}_DATABASE_URL": f"postgresql://nobody@127.0.0.1:1/{name}"
        for name in SERVICES
    }
    return databases | {
        "AUTH_SIGNING_KEYS": new_key_pair()[0],
        "AUTH_ENCRYPTION_KEYS": sealing.new_key(),
        "WAREHOUSE_MAIL_KEYS": sealing.new_key(),
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "WAREHOUSE_IDENTITY_PUBLIC_KEY": public_key,
        "WAREHOUSE_LOG_LEVEL": "ERROR",
    }
