"""What is taken away through one replica of the gateway is refused at another: by event within a
second, without Kafka within the lifetime of what is kept."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx
import pytest
from integration.gateway.house import House
from integration.gateway.rig import NOWHERE
from support.callers import PASSWORD, Person
from support.waiting import eventually

SOON, HOUR = 0.3, 3600.0  # seconds


@dataclass
class Replicas:
    """Two gateways: changes go through `one`, and `other` has to heed them."""

    house: House
    one: str
    other: str

    async def client(self, person: Person) -> httpx.AsyncClient:
        """A person at the other gateway, in their one session."""
        client = httpx.AsyncClient(base_url=self.other, headers=person.http.headers, timeout=40)
        self.house.stack.push_async_callback(client.aclose)
        return client


@pytest.fixture(scope="module", params=["kafka", "without kafka"])
async def replicas(house: House, request: pytest.FixtureRequest) -> AsyncIterator[Replicas]:
    """With Kafka, what is known is asked for again by nothing but an event; without, soon."""
    async with AsyncExitStack() as stack:
        hears = request.param == "kafka"
        patched = stack.enter_context(pytest.MonkeyPatch.context())
        patched.setattr("gateway.revocations.RELOAD", HOUR if hears else SOON)
        patched.setattr("gateway.personal_tokens.LIFETIME", HOUR if hears else SOON)
        patched.setenv("GATEWAY_ROLE_LIFETIME", str(HOUR if hears else SOON))
        kafka = None if hears else NOWHERE
        one, other = [await house.gateway(stack, kafka=kafka) for _ in range(2)]
        replicas = Replicas(house, one, other)
        if hears:
            await eventually(lambda: _hears(replicas))
        yield replicas


async def _hears(replicas: Replicas) -> bool:
    """Whether the other gateway is seen to hear events: what happens before it does is lost."""
    person = await replicas.house.person(replicas.one)
    client = await replicas.client(person)
    assert (await client.get("/v1/me")).status_code == 200
    assert (await person.http.post("/v1/auth/logout")).status_code == 204
    until = time.monotonic() + SOON
    while time.monotonic() < until:
        if (await client.get("/v1/me")).status_code == 401:
            return True
    return False


async def check(
    ask: Callable[[], Awaitable[httpx.Response]],
    expected: int,
    change: Awaitable[httpx.Response],
) -> None:
    """`ask`, allowed before, answers `expected` after the answer to `change`, and for good."""
    assert (await ask()).status_code < 300
    answer = await change
    assert answer.status_code < 300, answer.text

    async def heeded() -> bool:
        return (await ask()).status_code == expected

    await eventually(heeded)
    assert (await ask()).status_code == expected


async def test_an_ended_session(replicas: Replicas) -> None:
    person = await replicas.house.person(replicas.one)
    second = await replicas.house.signed_in(replicas.other, person)
    sessions = (await second.get("/v1/me/sessions")).json()["items"]
    [session] = [each["id"] for each in sessions if each["is_current"]]
    await check(
        lambda: second.get("/v1/me"),
        401,
        person.http.delete(f"/v1/me/sessions/{session}"),
    )
    assert (await person.http.get("/v1/me")).status_code == 200


async def test_the_other_sessions_after_a_change_of_password(replicas: Replicas) -> None:
    person = await replicas.house.person(replicas.one)
    second = await replicas.house.signed_in(replicas.other, person)
    body = {"current_password": PASSWORD, "new_password": "another long passphrase"}
    change = person.http.post("/v1/me/password", json=body)
    await check(lambda: second.get("/v1/me"), 401, change)
    assert (await person.http.get("/v1/me")).status_code == 200


async def test_an_access_token(replicas: Replicas) -> None:
    person = await replicas.house.person(replicas.one)
    body = {"name": "Script", "scopes": ["read"]}
    made = await person.http.post("/v1/me/tokens", json=body)
    assert made.status_code == 201, made.text
    headers = {"authorization": f"Bearer {made.json()['token']}"}
    async with httpx.AsyncClient(base_url=replicas.other, headers=headers) as script:
        change = person.http.delete(f"/v1/me/tokens/{made.json()['id']}")
        await check(lambda: script.get("/v1/me"), 401, change)


async def test_a_deleted_account(replicas: Replicas) -> None:
    person = await replicas.house.person(replicas.one)
    second = await replicas.house.signed_in(replicas.other, person)
    change = person.http.request("DELETE", "/v1/me", json={"password": PASSWORD})
    await check(lambda: second.get("/v1/me"), 401, change)


async def test_a_removed_member_and_a_changed_role(replicas: Replicas) -> None:
    owner = await replicas.house.person(replicas.one)
    guest = await replicas.house.person(replicas.one)
    made = await owner.http.post("/v1/workspaces", json={"name": "Club"})
    members = f"/v1/workspaces/{made.json()['id']}/members"
    added = await owner.http.post(members, json={"email": guest.email, "role": "admin"})
    assert added.status_code == 201, added.text
    client = await replicas.client(guest)
    stranger = await replicas.house.person(replicas.one)

    async def add() -> httpx.Response:
        return await client.post(members, json={"email": stranger.email, "role": "viewer"})

    member = f"{members}/{guest.user_id}"
    demoted = owner.http.patch(member, json={"role": "viewer"})
    await check(add, 403, demoted)
    await check(lambda: client.get(members), 404, owner.http.delete(member))


async def test_a_changed_restriction(replicas: Replicas) -> None:
    owner = await replicas.house.person(replicas.one)
    guest = await replicas.house.person(replicas.one)
    made = await owner.http.post("/v1/workspaces", json={"name": "Club"})
    workspace = f"/v1/workspaces/{made.json()['id']}"
    rooms = [uuid4(), uuid4()]
    body = {"email": guest.email, "role": "member", "location_ids": list(map(str, rooms))}
    added = await owner.http.post(f"{workspace}/members", json=body)
    assert added.status_code == 201, added.text
    client = await replicas.client(guest)

    async def reach() -> frozenset[UUID] | None:
        assert (await client.get(f"{workspace}/items")).status_code == 200
        return replicas.house.echo.seen[-1].identity.locations

    assert await reach() == set(rooms)
    member = f"{workspace}/members/{guest.user_id}"
    changed = await owner.http.patch(member, json={"location_ids": [str(rooms[0])]})
    assert changed.status_code == 200, changed.text

    async def narrowed() -> bool:
        return await reach() == {rooms[0]}

    await eventually(narrowed)
