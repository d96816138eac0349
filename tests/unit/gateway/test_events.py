"""What a record changes."""

from uuid import uuid4

import pytest

from chassis.identity import IdentitySigner, new_key_pair
from gateway.events import (
    MEMBERS,
    SESSION_REVOKED,
    SESSIONS,
    TOKENS,
    USERS,
    WORKSPACES,
    EventHandler,
    Heard,
)
from gateway.identity_headers import IdentityHeaders
from gateway.internal_client import InternalClient
from gateway.memberships import Memberships
from gateway.personal_tokens import PersonalTokens
from gateway.revocations import REMEMBERED, RevokedSessions
from gateway.routing import ServiceName
from gateway.token_use import TokenUse
from gateway.upstream import Upstream


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def revoked(time: Time) -> RevokedSessions:
    return RevokedSessions(_client(), _auth(), time)


@pytest.fixture
def handler(revoked: RevokedSessions) -> EventHandler:
    memberships = Memberships(_client(), _auth(), lifetime=5, remembered=10)
    use = TokenUse(_client(), _auth(), remembered=10)
    return EventHandler(
        memberships, revoked, PersonalTokens(_client(), _auth(), use, remembered=10)
    )


def _client() -> InternalClient:
    return InternalClient(IdentityHeaders(IdentitySigner(new_key_pair()[0]), remembered=10))


def _auth() -> Upstream:
    return Upstream(ServiceName.AUTH, ["http://127.0.0.1:9"])


async def test_a_revoked_session_is_remembered_as_long_as_its_tokens_live(
    handler: EventHandler, revoked: RevokedSessions, time: Time
) -> None:
    first, second = str(uuid4()), str(uuid4())
    await handler.handle(Heard(SESSIONS, first.upper(), SESSION_REVOKED))
    time.now = REMEMBERED - 1
    await handler.handle(Heard(SESSIONS, second, SESSION_REVOKED))
    assert first in revoked
    time.now = REMEMBERED
    await handler.handle(Heard(SESSIONS, str(uuid4()), SESSION_REVOKED))
    assert first not in revoked
    assert second in revoked


async def test_other_events_of_a_session_revoke_nothing(
    handler: EventHandler, revoked: RevokedSessions
) -> None:
    session = str(uuid4())
    await handler.handle(Heard(SESSIONS, session, "warehouse.auth.session.renewed"))
    assert session not in revoked


@pytest.mark.parametrize("key", ["", ":", "x:y", "\ufffd", f"{uuid4()}:", str(uuid4())])
@pytest.mark.parametrize("topic", [MEMBERS, WORKSPACES, SESSIONS, TOKENS, "another"])
async def test_records_that_make_no_sense_are_left(
    handler: EventHandler, topic: str, key: str
) -> None:
    await handler.handle(Heard(topic, key, "warehouse.auth.workspace.deleted"))
    await handler.handle(Heard(USERS, key, "warehouse.auth.user.deleted"))
