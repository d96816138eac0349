"""When an access token was used last, as its owner sees it."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime

import httpx
import pytest
from integration.gateway.house import House
from integration.gateway.rig import NOWHERE
from support.waiting import eventually


async def test_the_owner_sees_when_a_token_was_used(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.app.USE_REPORTED_EVERY", 0.1)
    async with AsyncExitStack() as stack:
        gateway = await house.gateway(stack, kafka=NOWHERE)
        person = await house.person(gateway)
        body = {"name": "Script", "scopes": ["read"]}
        made = (await person.http.post("/v1/me/tokens", json=body)).json()
        assert made["last_used_at"] is None
        before = datetime.now(UTC)
        headers = {"authorization": f"Bearer {made['token']}"}
        async with httpx.AsyncClient(base_url=gateway, headers=headers) as script:
            assert (await script.get("/v1/me")).status_code == 200

        async def seen() -> str | None:
            token = (await person.http.get(f"/v1/me/tokens/{made['id']}")).json()
            used: str | None = token["last_used_at"]
            return used

        used = datetime.fromisoformat(await eventually(seen) or "")
        assert before <= used <= datetime.now(UTC)
