"""What invitations promise: who may come in, as what, once, and that nobody else learns of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from support.kafka import Kafka
from support.processes import Processes
from support.waiting import eventually

from chassis.identity import HEADER, AccessScope, Identity, IdentitySigner
from chassis.sealing import Sealer

from .conftest import PASSWORD, Register, User

MailTo = Callable[[str, str], Awaitable[str]]


@pytest.fixture
def token_of(kafka: Kafka, environment: dict[str, str]) -> MailTo:
    """`await token_of(workspace, email)`: what the newest mail to an address has in its link."""
    sealer = Sealer(environment["WAREHOUSE_MAIL_KEYS"])
    read: set[str] = set()

    async def newest(workspace: str, email: str) -> str:
        async def arrived() -> str | None:
            mails = await kafka.read("warehouse.auth.mail.v1", workspace_id=workspace)
            mine = {
                one.payload["id"]: one.payload["sealed"]
                for one in mails
                if one.payload["email"] == email and one.payload["id"] not in read
            }
            if not mine:
                return None
            read.update(mine)
            return str(mine[max(mine)])

        sealed = await eventually(arrived)
        assert sealed is not None
        return sealer.open(sealed).decode()

    return newest


def signed_in(user: User) -> httpx.AsyncClient:
    return user.caller("auth", user_id=user.id, session_id=uuid4())


async def invite(
    client: httpx.AsyncClient, workspace: str, email: str, role: str = "member"
) -> httpx.Response:
    path = f"/v1/workspaces/{workspace}/invitations"
    return await client.post(path, json={"email": email, "role": role})


async def test_who_has_no_account_registers_and_comes_in(
    register: Register, public: httpx.AsyncClient, token_of: MailTo, kafka: Kafka
) -> None:
    """Invited by mail, they see what it is, register, accept in any case of their address, and
    are a member whose address is verified; the token is good once, and in no event."""
    owner = await register("Olga Owner")
    workspace = await owner.workspace("Tool Library")
    client = owner.within(workspace, "owner")
    address = f"New.{uuid4().hex}@Example.org"
    made = await invite(client, workspace, address, "admin")
    assert (made.status_code, made.json()["status"]) == (201, "pending")
    token = await token_of(workspace, address)
    assert token not in made.text
    shown = (await public.get(f"/v1/invitations/{token}")).json()
    assert (shown["workspace_name"], shown["inviter_name"]) == ("Tool Library", "Olga Owner")
    assert (shown["email"], shown["role"]) == (address, "admin")
    body = {"email": address.lower(), "password": PASSWORD, "full_name": "Nell New"}
    registered = await public.post("/v1/auth/register", json=body)
    newcomer = User(UUID(registered.json()["id"]), address, owner.caller)
    assert registered.json()["email_verified_at"] is None
    accepted = await signed_in(newcomer).post(f"/v1/invitations/{token}/accept")
    assert accepted.status_code == 201, accepted.text
    assert (await newcomer.http.get("/v1/me")).json()["email_verified_at"] is not None
    member = accepted.json()
    assert (member["role"], member["invited_by"]) == ("admin", str(owner.id))
    assert (await client.get(accepted.headers["location"])).json() == member
    for answer in (
        await signed_in(newcomer).post(f"/v1/invitations/{token}/accept"),
        await public.get(f"/v1/invitations/{token}"),
        await public.post(f"/v1/invitations/{token}/decline"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (410, "invitation-gone")

    async def published() -> list[Any]:
        seen = await kafka.read("warehouse.auth.invitation.v1", workspace_id=workspace)
        assert len(seen) == 2
        assert not any(token in str(one.payload) for one in seen)
        return [(one.type.rpartition(".")[2], one.payload["user_id"]) for one in seen]

    assert await eventually(published) == [("created", None), ("accepted", str(newcomer.id))]


async def test_an_invitation_is_its_addresss_alone(
    register: Register,
    public: httpx.AsyncClient,
    token_of: MailTo,
    signer: IdentitySigner,
    processes: Processes,
) -> None:
    """Somebody else who has the link can't come in by it, and uses nothing up; neither does an
    unknown token, an access token, or nobody."""
    owner, invited, other = await register(), await register(), await register()
    workspace = await owner.workspace()
    await invite(owner.within(workspace, "owner"), workspace, invited.email)
    token = await token_of(workspace, invited.email)
    path = f"/v1/invitations/{token}/accept"
    refused = await signed_in(other).post(path)
    assert (refused.status_code, refused.json()["code"]) == (403, "other-address")
    assert (await public.post(path)).status_code == 401
    bearer = Identity(user_id=invited.id, token_id=uuid4(), scopes=frozenset(AccessScope))
    headers = {HEADER: signer.sign(bearer)}
    async with httpx.AsyncClient(base_url=processes.url("auth"), headers=headers) as client:
        assert (await client.post(path)).status_code == 403
    for unknown in ("whi_x", "%20", "é" * 40):
        assert (await public.get(f"/v1/invitations/{unknown}")).status_code == 404
        assert (await signed_in(other).post(f"/v1/invitations/{unknown}/accept")).status_code == 404
    answers = await asyncio.gather(*(signed_in(invited).post(path) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 410, 410, 410]


async def test_inviting_again_replaces_what_is_pending(
    register: Register, public: httpx.AsyncClient, token_of: MailTo, kafka: Kafka
) -> None:
    """Also five times at once: the newest alone is good, with its role."""
    owner, friend = await register(), await register()
    workspace = await owner.workspace()
    client = owner.within(workspace, "owner")
    await invite(client, workspace, friend.email)
    first = await token_of(workspace, friend.email)
    answers = await asyncio.gather(
        *(invite(client, workspace, friend.email.upper(), "viewer") for _ in range(5))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert (await public.get(f"/v1/invitations/{first}")).status_code == 410
    listed = await client.get(f"/v1/workspaces/{workspace}/invitations?status=pending")
    assert [one["role"] for one in listed.json()["items"]] == ["viewer"]

    async def told() -> list[str]:
        seen = await kafka.read("warehouse.auth.invitation.v1", workspace_id=workspace)
        assert len(seen) == 11
        assert {one.payload["user_id"] for one in seen} == {None}  # not verified
        return sorted(one.type.rpartition(".")[2] for one in seen)

    assert await eventually(told) == ["created"] * 6 + ["revoked"] * 5


async def test_inviting_tells_nothing_of_accounts(register: Register) -> None:
    """The answer is the same whether or not an address has one; a member is known anyway."""
    owner, somebody = await register(), await register()
    workspace = await owner.workspace()
    client = owner.within(workspace, "owner")
    answers = [
        (await invite(client, workspace, email)).json()
        for email in (somebody.email, f"{uuid4().hex}@example.org")
    ]
    fresh = ("id", "email", "created_at", "updated_at", "expires_at")
    known, unknown = ({k: v for k, v in one.items() if k not in fresh} for one in answers)
    assert known == unknown
    refused = await invite(client, workspace, owner.email)
    assert (refused.status_code, refused.json()["code"]) == (409, "already-member")


async def test_who_may_invite_and_take_back(
    register: Register, public: httpx.AsyncClient, token_of: MailTo
) -> None:
    """Admins up to their own role, as of now; owners' invitations are owners' to take back."""
    owner, admin = await register(), await register()
    workspace = await owner.workspace()
    client = owner.within(workspace, "owner")
    members = f"/v1/workspaces/{workspace}/members"
    await client.post(members, json={"email": admin.email, "role": "admin"})
    helper, path = admin.within(workspace, "admin"), f"/v1/workspaces/{workspace}/invitations"
    assert (await invite(helper, workspace, "a@example.org", "owner")).status_code == 403
    mine = (await invite(helper, workspace, "a@example.org", "admin")).json()
    theirs = (await invite(client, workspace, "b@example.org", "owner")).json()
    assert (await helper.delete(f"{path}/{theirs['id']}")).status_code == 403
    token = await token_of(workspace, "a@example.org")
    stale = await helper.delete(f"{path}/{mine['id']}", headers={"If-Match": '"9"'})
    assert stale.status_code == 412
    for _ in range(2):
        assert (await helper.delete(f"{path}/{mine['id']}")).status_code == 204
    assert (await public.get(f"/v1/invitations/{token}")).status_code == 410
    for role in ("member", "viewer"):
        assert (
            await invite(admin.within(workspace, role), workspace, "c@x.org")
        ).status_code == 403
    await client.patch(f"{members}/{admin.id}", json={"role": "viewer"})
    assert (await invite(helper, workspace, "c@example.org")).status_code == 403
    for body in ({"email": "nobody"}, {}, {"email": "a@b.c", "role": "king"}):
        assert (await client.post(path, json=body)).status_code == 422


async def test_nobody_is_buried_in_mail(
    register: Register, connect: Callable[[str], Awaitable[Any]]
) -> None:
    """Ten invitations to an address in a day, and five hundred of a workspace."""
    owner = await register()
    workspace = await owner.workspace()
    client = owner.within(workspace, "owner")
    await invite(client, workspace, "robin@example.org")
    database = await connect("auth")
    copy = """
        INSERT INTO invitations SELECT gen_random_uuid(), workspace_id, version, created_at,
        updated_at, $2, role, 'revoked', gen_random_uuid()::text::bytea, expires_at, invited_by
        FROM invitations, generate_series(1, $3) WHERE workspace_id = $1 AND status = 'pending'
    """
    await database.execute(copy, UUID(workspace), "Robin@example.org", 9)
    refused = await invite(client, workspace, "robin@example.org")
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-invitations")
    assert int(refused.headers["retry-after"]) > 0
    await database.execute(copy, UUID(workspace), "others@example.org", 489)
    assert (await invite(client, workspace, "kim@example.org")).status_code == 201
    assert (await invite(client, workspace, "lee@example.org")).status_code == 429


@pytest.mark.parametrize("now", ["viewer", "admin", None])
async def test_an_invitation_lets_in_whom_its_inviter_may_let_in_by_then(
    register: Register, token_of: MailTo, now: str | None
) -> None:
    """Not an owner's who is an admin by now, nor that of who was removed."""
    owner, second, friend = await register(), await register(), await register()
    workspace = await owner.workspace()
    client, members = owner.within(workspace, "owner"), f"/v1/workspaces/{workspace}/members"
    added = await client.post(members, json={"email": second.email, "role": "owner"})
    assert added.status_code == 201, added.text
    await invite(second.within(workspace, "owner"), workspace, friend.email, "owner")
    token = await token_of(workspace, friend.email)
    path = f"{members}/{second.id}"
    changed = (
        await client.delete(path) if now is None else await client.patch(path, json={"role": now})
    )
    assert changed.status_code in {200, 204}, changed.text
    refused = await signed_in(friend).post(f"/v1/invitations/{token}/accept")
    assert (refused.status_code, refused.json()["code"]) == (410, "invitation-gone")
    assert (await client.get(f"{members}/{friend.id}")).status_code == 404
    if now is not None:
        assert (await client.patch(path, json={"role": "owner"})).status_code == 200
        again = await signed_in(friend).post(f"/v1/invitations/{token}/accept")
        assert (again.status_code, again.json()["role"]) == (201, "owner")


async def test_nobody_is_buried_in_mail_from_many_workspaces(register: Register) -> None:
    """Anybody may make as many as they like: an address is counted across them."""
    owner, address = await register(), f"{uuid4().hex}@example.org"
    first, second, third = [await owner.workspace() for _ in range(3)]
    for workspace in (first, second):
        for _ in range(10):
            sent = await invite(owner.within(workspace, "owner"), workspace, address)
            assert sent.status_code == 201, sent.text
    client = owner.within(third, "owner")
    refused = await invite(client, third, address.upper())
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-invitations")
    assert int(refused.headers["retry-after"]) > 0
    assert (await invite(client, third, f"{uuid4().hex}@example.org")).status_code == 201


async def test_an_invitation_ends(
    register: Register,
    public: httpx.AsyncClient,
    token_of: MailTo,
    connect: Callable[[str], Awaitable[Any]],
) -> None:
    """After seven days, when it is declined, and with its workspace."""
    owner, friend = await register(), await register()
    workspace = await owner.workspace()
    client = owner.within(workspace, "owner")
    await invite(client, workspace, friend.email)
    token = await token_of(workspace, friend.email)
    database = await connect("auth")
    await database.execute(
        "UPDATE invitations SET expires_at = now() WHERE workspace_id = $1", UUID(workspace)
    )
    late = await signed_in(friend).post(f"/v1/invitations/{token}/accept")
    assert (late.status_code, "seven days" in late.json()["detail"]) == (410, True)
    listed = await client.get(f"/v1/workspaces/{workspace}/invitations")
    assert [one["status"] for one in listed.json()["items"]] == ["expired"]
    await invite(client, workspace, friend.email)
    token = await token_of(workspace, friend.email)
    assert (await public.post(f"/v1/invitations/{token}/decline")).status_code == 204
    assert (await signed_in(friend).post(f"/v1/invitations/{token}/accept")).status_code == 410
    await invite(client, workspace, friend.email)
    token = await token_of(workspace, friend.email)
    assert (await client.delete(f"/v1/workspaces/{workspace}")).status_code == 204
    assert (await public.get(f"/v1/invitations/{token}")).status_code == 404
