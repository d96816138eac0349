"""What pending changes promise: who sees them, who decides, and that a decision is final."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from support.kafka import Kafka
from support.processes import Processes
from support.waiting import eventually

from chassis.identity import HEADER, AccessScope, Identity, IdentitySigner, MemberRole

from .conftest import Register, User


@dataclass
class Team:
    """A workspace with its owner and two members."""

    workspace: str
    people: dict[str, User]

    def client(self, name: str, role: str | None = None) -> httpx.AsyncClient:
        return self.people[name].within(self.workspace, role or name.rstrip("2"))

    def path(self, change: dict[str, Any] | None = None, verb: str = "") -> str:
        path = f"/v1/workspaces/{self.workspace}/approvals"
        return path + (f"/{change['id']}" if change else "") + (f"/{verb}" if verb else "")

    async def store(self, name: str = "member", **given: Any) -> Any:  # noqa: ANN401
        """A change of a member, as the gateway stores it."""
        change = {
            "method": "POST",
            "path": f"/v1/workspaces/{self.workspace}/items",
            "body": '{"name":"Tent"}',
        } | given
        answer = await self.client(name).post(f"/internal/approvals/{self.workspace}", json=change)
        assert answer.status_code == 202, answer.text
        return answer.json()

    async def decide(
        self,
        change: dict[str, Any],
        verb: str,
        name: str = "owner",
        **given: Any,  # noqa: ANN401
    ) -> httpx.Response:
        return await self.client(name).post(self.path(change, verb), **given)

    async def conclude(self, change: dict[str, Any], status: int, body: str | None = None) -> Any:  # noqa: ANN401
        path = f"/internal/approvals/{self.workspace}/{change['id']}/outcome"
        outcome = {"status": status, "body": body}
        answer = await self.client("owner").post(path, json=outcome)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def team(register: Register) -> Team:
    names = ("owner", "member", "member2")
    people = dict(zip(names, [await register(name) for name in names], strict=True))
    team = Team(await people["owner"].workspace(), people)
    for name in names[1:]:
        body = {"email": people[name].email, "role": "member"}
        await team.client("owner").post(f"/v1/workspaces/{team.workspace}/members", json=body)
    return team


async def test_a_change_is_shown_to_admins_and_to_who_asked_for_it(team: Team) -> None:
    """With what was sent, and what it is about; to other members it does not exist."""
    mine = await team.store()
    other = await team.store("member2", method="DELETE", body=None)
    assert (mine["body"], mine["summary"]) == ({"name": "Tent"}, 'items: add "Tent"')
    assert (mine["requester_name"], mine["status"]) == ("member", "pending")
    seen = {
        name: (await team.client(name).get(team.path())).json()["items"] for name in team.people
    }
    assert [one["id"] for one in seen["owner"]] == [other["id"], mine["id"]]
    assert seen["member"] == [mine]
    assert seen["member2"] == [other]
    assert (await team.client("member").get(team.path(other))).status_code == 404
    assert (await team.decide(other, "cancel", "member")).status_code == 404
    assert (await team.client("owner").get(team.path() + "?status=applied")).json()["items"] == []


async def test_a_list_leaves_out_what_is_long(team: Team) -> None:
    """A page of 200 bodies of 1 MiB would fill the memory of auth, which everybody needs."""
    long = f'{{"name":"{"x" * 1_000_000}"}}'
    change = await team.store(body=long)
    assert len(change["body"]["name"]) == 1_000_000
    await team.decide(change, "approve")
    await team.conclude(change, 422, long)
    client = team.client("owner")
    listed = await client.get(team.path())
    [item] = listed.json()["items"]
    assert (item["body"], item["outcome"], item["summary"]) == (None, None, change["summary"])
    assert len(listed.content) < 20_000
    whole = (await client.get(team.path(change))).json()
    assert len(whole["body"]["name"]) == len(whole["outcome"]["name"]) == 1_000_000


async def test_who_may_decide(team: Team) -> None:
    """Members neither approve nor reject, not even as the gateway saw them before; admins cancel
    nothing for others; a stale version is a 412."""
    change = await team.store()
    for verb, body in (("approve", None), ("reject", {"reason": "No."})):
        for role in ("member", "admin"):
            client = team.client("member", role)
            refused = await client.post(team.path(change, verb), json=body)
            assert refused.status_code == 403, (verb, role)
    assert (await team.decide(change, "cancel")).status_code == 403
    for verb in ("approve", "reject"):
        headers, body = {"If-Match": '"7"'}, {"reason": "No."}
        stale = await team.decide(change, verb, headers=headers, json=body)
        assert stale.status_code == 412
    assert (await team.client("owner").get(team.path(change))).json() == change


@pytest.mark.parametrize(
    ("verb", "name", "status"), [("reject", "owner", "rejected"), ("cancel", "member", "cancelled")]
)
async def test_what_is_not_wanted_is_final(team: Team, verb: str, name: str, status: str) -> None:
    """Rejected with a reason, or cancelled by who asked: it can't be decided again."""
    change = await team.store()
    body = {"reason": "We have three of these."} if verb == "reject" else None
    assert (await team.decide(change, "reject", json={"reason": " "})).status_code == 422
    done = (await team.decide(change, verb, name, json=body)).json()
    assert (done["status"], done["decided_by"]) == (status, str(team.people[name].id))
    assert done["reason"] == (body and body["reason"])
    for again, who in (("approve", "owner"), ("reject", "owner"), ("cancel", "member")):
        refused = await team.decide(change, again, who, json={"reason": "No."})
        assert (refused.status_code, refused.json()["code"]) == (409, "already-decided")
    assert await team.conclude(change, 201) == done


async def test_one_of_many_who_decide_at_once_does(team: Team, kafka: Kafka) -> None:
    """Approved, rejected and cancelled at the same moment: one thing happened, and one is told."""
    change = await team.store()
    answers = await asyncio.gather(
        *(team.decide(change, "approve") for _ in range(2)),
        *(team.decide(change, "reject", json={"reason": "No."}) for _ in range(2)),
        *(team.decide(change, "cancel", "member") for _ in range(2)),
    )
    now = (await team.client("owner").get(team.path(change))).json()
    assert now["version"] == 2
    decided = sum(answer.status_code == 200 for answer in answers)
    assert decided == (2 if now["status"] == "approved" else 1)

    async def told() -> list[str]:
        seen = await kafka.read("warehouse.auth.approval.v1", workspace_id=team.workspace)
        assert len(seen) == 2
        return [one.payload["status"] for one in seen]

    assert await eventually(told) == ["pending", now["status"]]


async def test_an_outcome_is_kept_and_told(team: Team, kafka: Kafka) -> None:
    """Applied is final; failed gives way to applied, of two attempts at once; the events have who
    did it, and neither the body nor the outcome."""
    change = await team.store()
    assert (await team.decide(change, "approve")).json()["status"] == "approved"
    failed = await team.conclude(change, 409, '{"code":"conflict"}')
    assert (failed["status"], failed["outcome"]) == ("failed", {"code": "conflict"})
    assert await team.conclude(change, 412, "{}") == failed
    applied = await team.conclude(change, 201, '{"id":"x"}')
    assert (applied["status"], applied["outcome"]) == ("applied", {"id": "x"})
    assert await team.conclude(change, 409) == applied
    assert (await team.decide(change, "approve")).json() == applied

    async def told() -> list[Any]:
        seen = await kafka.read("warehouse.auth.approval.v1", workspace_id=team.workspace)
        assert len(seen) == 4
        assert "Tent" not in str([one.payload | {"summary": ""} for one in seen])
        names = {str(one.id): name for name, one in team.people.items()}
        return [(one.type.rpartition(".")[2], names[one.headers["ce_actor"]]) for one in seen]

    expected = ["approved", "failed", "applied"]
    assert await eventually(told) == [("requested", "member"), *((it, "owner") for it in expected)]


async def test_an_approval_without_an_outcome_is_resumed_for_less_than_a_day(
    team: Team, connect: Callable[[str], Awaitable[Any]]
) -> None:
    """Services remember for a day what they applied: past that, nobody can tell, and it says so."""
    change = await team.store()
    first = (await team.decide(change, "approve")).json()
    assert (await team.decide(change, "approve")).json() == first
    database = await connect("auth")
    await database.execute(
        "UPDATE pending_changes SET decided_at = now() - interval '23 hours 1 second' "
        "WHERE id = $1",
        UUID(change["id"]),
    )
    late = (await team.decide(change, "approve")).json()
    assert (late["status"], late["outcome"]["code"]) == ("failed", "outcome-unknown")


async def test_a_key_stores_one_change(team: Team) -> None:
    """Whatever version was seen when it was sent again."""
    path, key = f"/internal/approvals/{team.workspace}", {"Idempotency-Key": str(uuid4())}
    change = {"method": "DELETE", "path": f"/v1/workspaces/{team.workspace}/items/x"}
    stored = [
        await team.client("member").post(path, json=change, headers=key | {"If-Match": seen})
        for seen in ('"1"', '"2"')
    ]
    assert stored[0].json() == stored[1].json()
    assert stored[0].json()["if_match"] == '"1"'
    listed = (await team.client("owner").get(team.path())).json()["items"]
    assert len(listed) == 1


async def test_a_member_does_not_pile_up_changes(
    team: Team, connect: Callable[[str], Awaitable[Any]]
) -> None:
    """Five hundred may wait; what was decided makes room."""
    change = await team.store()
    database = await connect("auth")
    await database.execute(
        """
        INSERT INTO pending_changes (id, workspace_id, version, created_at, updated_at,
            requested_by, method, path, query, summary, status)
        SELECT gen_random_uuid(), workspace_id, version, created_at, updated_at, requested_by,
            method, path, query, summary, status
        FROM pending_changes, generate_series(1, 499) WHERE id = $1
        """,
        UUID(change["id"]),
    )
    path = f"/internal/approvals/{team.workspace}"
    body = {"method": "POST", "path": f"/v1/workspaces/{team.workspace}/items"}
    refused = await team.client("member").post(path, json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-waiting")
    assert (await team.client("member2").post(path, json=body)).status_code == 202
    await team.decide(change, "cancel", "member")
    assert (await team.client("member").post(path, json=body)).status_code == 202


async def test_viewers_and_readers_ask_for_nothing(
    team: Team, signer: IdentitySigner, processes: Processes
) -> None:
    """Role and token have to allow the change that is to wait."""
    path, change = f"/internal/approvals/{team.workspace}", {"method": "DELETE", "path": "/"}
    assert (await team.client("member", "viewer").post(path, json=change)).status_code == 403
    reader = Identity(
        user_id=team.people["member"].id,
        workspace_id=UUID(team.workspace),
        role=MemberRole.MEMBER,
        token_id=uuid4(),
        scopes=frozenset({AccessScope.READ}),
    )
    headers = {HEADER: signer.sign(reader)}
    async with httpx.AsyncClient(base_url=processes.url("auth"), headers=headers) as client:
        refused = await client.post(path, json=change)
    assert (refused.status_code, refused.json()["required_scope"]) == (403, "write")
