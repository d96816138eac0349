"""Rotating the key of access tokens under a stream of logins and requests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import httpx
import jwt
import pytest
from integration.gateway.house import House, login
from support.callers import direct
from support.waiting import eventually

from chassis.identity import IdentitySigner
from warehouse.operating import keys
from warehouse.operating.addresses import Addresses, find


@pytest.fixture
async def gateways(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
    monkeypatch.setattr("gateway.signing_keys.REFRESH", 0.5)
    async with AsyncExitStack() as stack:
        yield [await house.gateway(stack) for _ in range(2)]


@pytest.fixture
def auth(house: House) -> Addresses:
    return find(Path("nowhere"), house.environment)


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


async def published(house: House) -> list[set[str]]:
    """The key ids that each replica of auth publishes."""
    signer = IdentitySigner(house.environment["WAREHOUSE_IDENTITY_PRIVATE_KEY"])
    found = []
    for address in house.addresses:
        async with direct(signer, address, workspace_id=None, user_id=None) as client:
            answer = await client.get("/.well-known/jwks.json")
            found.append({key["kid"] for key in answer.json()["keys"]})
    return found


async def test_no_request_is_refused_while_a_new_key_takes_over(
    house: House, gateways: list[str], auth: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.auth.keys.rotation.HURRIED_LEAD", timedelta(seconds=1.5))
    person = await house.person(gateways[0])
    seen: list[tuple[str, int]] = []

    async def come_and_go(gateway: str) -> None:
        async with httpx.AsyncClient(base_url=gateway, timeout=40) as client:
            while True:
                token = (await login(client, person.email))["access_token"]
                for bearer in (token, person.http.headers["authorization"].split()[1]):
                    headers = {"authorization": f"Bearer {bearer}"}
                    answer = await client.get("/v1/me", headers=headers)
                    seen.append((kid_of(bearer), answer.status_code))
                await asyncio.sleep(0.02)  # for the others on this machine

    tasks = [asyncio.create_task(come_and_go(gateway)) for gateway in gateways]
    try:
        made = await keys.rotate(auth, hurry=True)
        await eventually(lambda: len([kid for kid, _ in seen if kid == made.kid]) > 20)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in ended] == [asyncio.CancelledError] * 2
    assert {status for _, status in seen} == {200}
    old = kid_of(person.http.headers["authorization"].split()[1])
    assert all({old, made.kid} <= kids for kids in await published(house))


async def test_a_compromised_key_is_refused_within_seconds_and_a_new_one_signs_at_once(
    house: House, gateways: list[str], auth: Addresses
) -> None:
    person = await house.person(gateways[0])
    clients = [
        httpx.AsyncClient(base_url=gateway, headers=person.http.headers) for gateway in gateways
    ]
    try:
        assert [(await each.get("/v1/me")).status_code for each in clients] == [200, 200]
        kid = kid_of(person.http.headers["authorization"].split()[1])
        withdrawn, made = await keys.retire(auth, kid, compromised=True)
        assert (withdrawn.kid, withdrawn.state, made.state) == (kid, "withdrawn", "signing")

        async def gone() -> bool:
            return all(kid not in kids for kids in await published(house))

        async def refused() -> bool:
            return all([(await each.get("/v1/me")).status_code == 401 for each in clients])

        await eventually(gone)
        await eventually(refused)
        for client in clients:
            del client.headers["authorization"]
            token = (await login(client, person.email))["access_token"]
            assert kid_of(token) == made.kid
            answer = await client.get("/v1/me", headers={"authorization": f"Bearer {token}"})
            assert answer.status_code == 200
    finally:
        for client in clients:
            await client.aclose()
