"""Who comes with a personal access token."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from integration.gateway.rig import Auth, Echo, Start, served
from support.waiting import eventually

from chassis.access_tokens import new_token
from chassis.identity import AccessScope, MemberRole


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_token_carries_its_owner_its_id_and_its_scopes(
    client: httpx.AsyncClient, auth: Auth, echo: Echo
) -> None:
    token_id = uuid4()
    headers = bearing(auth.personal(token_id=str(token_id), scopes=["read", "write"]))
    for _ in range(2):
        assert (await client.get(auth.path(), headers=headers)).status_code == 200
    assert auth.token_lookups == 1
    identity = echo.seen[1].identity
    assert identity.user_id == UUID(auth.user)
    assert identity.token_id == token_id
    assert identity.scopes == {AccessScope.READ, AccessScope.WRITE}
    assert identity.role is MemberRole.MEMBER
    assert identity.session_id is None


@pytest.mark.parametrize(
    "token",
    [new_token(), "wh_", "wh_" + "x" * 38, "wh_" + "x" * 90_000, "wh_\xe9" + "0" * 37],
    ids=["unknown", "empty", "wrong checksum", "huge", "no ASCII"],
)
async def test_a_token_that_auth_does_not_know_is_refused(
    client: httpx.AsyncClient, auth: Auth, token: str
) -> None:
    header = b"Bearer " + token.encode("latin-1")[:60_000]
    answer = await client.get(auth.path(), headers={b"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert answer.json()["code"] == "unauthenticated"


async def test_what_was_never_a_token_costs_auth_nothing_and_an_unknown_one_a_look_a_second(
    client: httpx.AsyncClient, auth: Auth
) -> None:
    token = new_token()
    mistyped = token[:-1] + ("a" if token[-1] != "a" else "b")
    assert (await client.get(auth.path(), headers=bearing(mistyped))).status_code == 401
    assert auth.token_lookups == 0
    for _ in range(5):
        assert (await client.get(auth.path(), headers=bearing(token))).status_code == 401
    assert auth.token_lookups == 1


async def test_those_who_come_at_once_with_a_token_share_a_look_up(
    client: httpx.AsyncClient, auth: Auth
) -> None:
    headers = bearing(auth.personal())
    answers = await asyncio.gather(*(client.get(auth.path(), headers=headers) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert auth.token_lookups == 1


async def test_an_expired_token_is_refused_whoever_kept_it(
    client: httpx.AsyncClient, auth: Auth
) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    headers = bearing(auth.personal(expires_at=soon.isoformat().replace("+00:00", "Z")))
    assert (await client.get(auth.path(), headers=headers)).status_code == 200

    async def refused() -> bool:
        return (await client.get(auth.path(), headers=headers)).status_code == 401

    await eventually(refused)
    assert datetime.now(UTC) >= soon


async def test_a_token_for_one_workspace_opens_no_other(
    client: httpx.AsyncClient, auth: Auth
) -> None:
    other = str(uuid4())
    auth.roles[other, auth.user] = "owner"
    headers = bearing(auth.personal(workspace_id=auth.workspace, scopes=["read", "write"]))
    assert (await client.get(auth.path(), headers=headers)).status_code == 200
    foreign = await client.get(f"/v1/workspaces/{other}/items", headers=headers)
    absent = await client.get(f"/v1/workspaces/{uuid4()}/items", headers=headers)
    assert foreign.status_code == absent.status_code == 404
    assert foreign.json()["detail"] == absent.json()["detail"]
    assert (await client.get("/v1/workspaces", headers=headers)).json() == {"of": auth.user}
    for method, path in (
        *(("POST", "/v1/workspaces"), ("PATCH", "/v1/me")),
        *(("GET", "/v1/me/sessions"), ("GET", "/v1/notifications")),
    ):
        answer = await client.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), path


async def test_a_token_for_one_workspace_scans_codes_of_that_one(
    start_gateway: Start, auth: Auth, echo: Echo
) -> None:
    """The service is told which; of a token that opens them all, it is told none."""
    async with served(echo) as inventory:
        gateway = await start_gateway(inventory_url=inventory)
        for workspace in (auth.workspace, None):
            token = auth.personal(workspace_id=workspace, scopes=["read"])
            answer = await gateway.get("/v1/r/4ZT9K2MC", headers=bearing(token))
            assert answer.status_code == 200
            told = echo.seen[-1].identity
            assert told.workspace_id == (UUID(workspace) if workspace else None)
            assert told.role is (MemberRole.MEMBER if workspace else None)


async def test_auth_is_told_when_tokens_were_used(
    start_gateway: Start, auth: Auth, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.app.USE_REPORTED_EVERY", 0.05)
    token_id = str(uuid4())
    before = datetime.now(UTC)
    async with served(echo) as catalog:
        gateway = await start_gateway(catalog_url=catalog)
        headers = bearing(auth.personal(token_id=token_id))
        await gateway.get(auth.path(), headers=headers)
        await eventually(lambda: token_id in auth.used)
    assert before <= datetime.fromisoformat(auth.used[token_id]) <= datetime.now(UTC)


async def test_a_token_revoked_through_this_gateway_is_refused_at_once(
    client: httpx.AsyncClient, auth: Auth
) -> None:
    headers = bearing(auth.personal(token_id=str(uuid4())))
    assert (await client.get(auth.path(), headers=headers)).status_code == 200
    revoked = await client.delete(f"/v1/me/tokens/{uuid4()}", headers=auth.bearer())
    assert revoked.status_code == 204
    assert (await client.get(auth.path(), headers=headers)).status_code == 401


async def test_a_session_ended_through_this_gateway_is_refused_at_once(
    client: httpx.AsyncClient, auth: Auth
) -> None:
    other = str(uuid4())
    headers = auth.bearer(sid=other)
    assert (await client.get(auth.path(), headers=headers)).status_code == 200
    ended = await client.delete(f"/v1/me/sessions/{other.upper()}", headers=auth.bearer())
    assert ended.status_code == 204
    answer = await client.get(auth.path(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "session-revoked")


async def test_an_answer_that_makes_no_sense_is_no_verdict(
    client: httpx.AsyncClient, auth: Auth
) -> None:
    for nonsense in ({"user_id": 7}, {"scopes": ["everything"]}, {"expires_at": "soon"}):
        answer = await client.get(auth.path(), headers=bearing(auth.personal(**nonsense)))
        assert answer.status_code == 503
