"""What the gateway hears from a real Kafka."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from integration.gateway.rig import Auth, Echo, Start, served
from support.waiting import eventually

from gateway.events import MEMBERS, SESSIONS, TOKENS, USERS, WORKSPACES

REVOKED = [("ce_type", b"warehouse.auth.session.revoked")]


@pytest.fixture
async def producer(kafka_bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap, acks="all") as producer:
        yield producer


@pytest.fixture
async def listening(
    start_gateway: Start, echo: Echo, auth: Auth, producer: AIOKafkaProducer, kafka_bootstrap: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway that has been seen to hear Kafka, with roles that only events make it forget."""
    async with served(echo) as catalog:
        gateway = await start_gateway(
            kafka=kafka_bootstrap, catalog_url=catalog, role_lifetime=3600
        )
        probe = str(uuid4())
        headers = auth.bearer(sid=probe)

        async def heard() -> bool:
            await producer.send_and_wait(SESSIONS, b"{}", key=probe.encode(), headers=REVOKED)
            return (await gateway.get("/v1/me", headers=headers)).status_code == 401

        await eventually(heard)
        yield gateway


async def test_a_revoked_session_is_refused_once_it_is_heard(
    listening: httpx.AsyncClient, auth: Auth, producer: AIOKafkaProducer
) -> None:
    headers = auth.bearer()
    assert (await listening.get(auth.path(), headers=headers)).status_code == 200
    key = auth.session.encode()
    await producer.send_and_wait(SESSIONS, b"{}", key=key, headers=REVOKED)

    async def refused() -> bool:
        answer = await listening.get(auth.path(), headers=headers)
        return answer.status_code == 401 and answer.json()["code"] == "session-revoked"

    await eventually(refused)


async def test_a_membership_event_makes_the_role_be_asked_again(
    listening: httpx.AsyncClient, auth: Auth, producer: AIOKafkaProducer
) -> None:
    headers = auth.bearer()
    assert (await listening.get(auth.path(), headers=headers)).status_code == 200
    auth.roles.clear()
    key = f"{auth.workspace}:{auth.user}".encode()
    await producer.send_and_wait(
        MEMBERS, b"{}", key=key, headers=[("ce_type", b"warehouse.auth.member.removed")]
    )

    async def locked_out() -> bool:
        return (await listening.get(auth.path(), headers=headers)).status_code == 404

    await eventually(locked_out)


async def test_a_change_of_the_workspace_makes_its_memberships_be_asked_again(
    listening: httpx.AsyncClient, auth: Auth, producer: AIOKafkaProducer
) -> None:
    headers = auth.bearer()
    assert (await listening.get(auth.path(), headers=headers)).status_code == 200
    asked = auth.lookups
    await producer.send_and_wait(
        WORKSPACES,
        b"{}",
        key=auth.workspace.encode(),
        headers=[("ce_type", b"warehouse.auth.workspace.updated")],
    )

    async def asked_again() -> bool:
        await listening.get(auth.path(), headers=headers)
        return auth.lookups > asked

    await eventually(asked_again)


@pytest.mark.parametrize("what", ["token", "user"])
async def test_a_revoked_token_and_one_of_a_user_who_is_gone_are_refused_once_it_is_heard(
    listening: httpx.AsyncClient, auth: Auth, producer: AIOKafkaProducer, what: str
) -> None:
    token_id = str(uuid4())
    headers = {"Authorization": f"Bearer {auth.personal(token_id=token_id)}"}
    assert (await listening.get(auth.path(), headers=headers)).status_code == 200
    auth.tokens.clear()
    topic, key, type_ = {
        "token": (TOKENS, token_id, b"warehouse.auth.token.revoked"),
        "user": (USERS, auth.user, b"warehouse.auth.user.deactivated"),
    }[what]
    await producer.send_and_wait(topic, b"{}", key=key.encode(), headers=[("ce_type", type_)])

    async def refused() -> bool:
        return (await listening.get(auth.path(), headers=headers)).status_code == 401

    await eventually(refused)


async def test_poison_does_not_stop_the_listening(
    listening: httpx.AsyncClient, auth: Auth, producer: AIOKafkaProducer
) -> None:
    for key, headers in (
        (None, []),
        (b"\xff\xfe", [("ce_type", b"\xff"), ("other", b"\xfe")]),
        (b"no-uuid", REVOKED),
    ):
        for topic in (MEMBERS, SESSIONS):
            await producer.send_and_wait(topic, b"{not json \xff", key=key, headers=headers)
    key = auth.session.encode()
    await producer.send_and_wait(SESSIONS, b"{}", key=key, headers=REVOKED)

    async def refused() -> bool:
        return (await listening.get(auth.path(), headers=auth.bearer())).status_code == 401

    await eventually(refused)


async def test_the_gateway_works_while_kafka_is_away(client: httpx.AsyncClient, auth: Auth) -> None:
    assert (await client.get(auth.path(), headers=auth.bearer())).status_code == 200
