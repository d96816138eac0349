"""Roles, asked and forgotten."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from integration.gateway.rig import PRIVATE_KEY, served
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from chassis.identity import IdentitySigner, MemberRole
from chassis.problems import NotFound, Unavailable
from gateway.callers import Membership
from gateway.identity_headers import IdentityHeaders
from gateway.internal_client import InternalClient
from gateway.memberships import Memberships
from gateway.routing import ServiceName
from gateway.upstream import Upstream

KEY = ("0190c0de-0000-7000-8000-000000000001", "0190c0de-0000-7000-8000-000000000002")


class SlowAuth:
    """Reads the role, then answers when it is let to."""

    def __init__(self) -> None:
        self.role: str | None = "admin"
        self.more: dict[str, object] = {}
        self.status = 200
        self.asked = asyncio.Event()
        self.answers = asyncio.Event()
        self.count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert Request(scope).url.path == "/internal/memberships/{}/{}".format(*KEY)
        self.count += 1
        response: Response = JSONResponse({"role": self.role} | self.more, self.status)
        self.asked.set()
        await self.answers.wait()
        await response(scope, receive, send)


@pytest.fixture
async def auth() -> SlowAuth:
    return SlowAuth()


@pytest.fixture
async def memberships(auth: SlowAuth) -> AsyncIterator[Memberships]:
    async with served(auth) as url:
        upstream = Upstream(ServiceName.AUTH, [url])
        client = InternalClient(IdentityHeaders(IdentitySigner(PRIVATE_KEY), remembered=10))
        yield Memberships(client, upstream, lifetime=60, remembered=10)
        await upstream.stop()


async def test_an_answer_from_before_a_change_is_not_kept(
    auth: SlowAuth, memberships: Memberships
) -> None:
    asking = asyncio.create_task(memberships.of(*KEY))
    await auth.asked.wait()
    auth.role = "viewer"
    memberships.forget(*KEY)
    auth.answers.set()
    assert await asking == Membership(MemberRole.ADMIN)
    assert memberships.known(*KEY) is None
    assert await memberships.of(*KEY) == Membership(MemberRole.VIEWER)
    assert memberships.known(*KEY) == Membership(MemberRole.VIEWER)


async def test_one_who_gives_up_waiting_spoils_nothing_for_the_others(
    auth: SlowAuth, memberships: Memberships
) -> None:
    impatient, patient = (asyncio.create_task(memberships.of(*KEY)) for _ in range(2))
    await auth.asked.wait()
    impatient.cancel()
    auth.answers.set()
    assert await patient == Membership(MemberRole.ADMIN)
    assert auth.count == 1


async def test_no_answer_is_no_verdict(auth: SlowAuth, memberships: Memberships) -> None:
    auth.answers.set()
    auth.status = 500
    with pytest.raises(Unavailable):
        await memberships.of(*KEY)
    auth.status, auth.role = 200, "emperor"
    with pytest.raises(Unavailable):
        await memberships.of(*KEY)
    auth.role = "owner"
    assert await memberships.of(*KEY) == Membership(MemberRole.OWNER)


async def test_everything_can_be_forgotten(auth: SlowAuth, memberships: Memberships) -> None:
    auth.answers.set()
    await memberships.of(*KEY)
    auth.status = 404
    memberships.forget_workspace(KEY[0])
    with pytest.raises(NotFound):
        await memberships.of(*KEY)


async def test_a_membership_may_be_restricted(auth: SlowAuth, memberships: Memberships) -> None:
    auth.answers.set()
    room = uuid4()
    auth.more = {"locations": [str(room)], "approval": True}
    expected = Membership(MemberRole.ADMIN, frozenset({room}), approval=True)
    assert await memberships.of(*KEY) == expected
    memberships.forget(*KEY)
    auth.more = {"locations": None, "approval": False}
    assert await memberships.of(*KEY) == Membership(MemberRole.ADMIN)
    memberships.forget(*KEY)
    auth.more = {"locations": "everywhere"}
    with pytest.raises(Unavailable):
        await memberships.of(*KEY)
