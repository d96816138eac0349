"""What the inbox promises."""

from uuid import uuid4

import pytest
from integration.notify.rig import Neighbours
from uuid_utils.compat import uuid7


async def test_owners_and_admins_are_told_of_an_overdue_loan(neighbours: Neighbours) -> None:
    """Those who run the workspace read what is late; other members do not."""
    await neighbours.workspace()
    users = {role: await neighbours.member(role) for role in ("viewer", "member", "owner", "admin")}
    loan_id = uuid7()
    await neighbours.loan("overdue", id_=loan_id, days_overdue=2)

    [notification] = await neighbours.told(users["admin"])
    assert notification["title"] == "Overdue: Cordless drill"
    assert "Ann Ray" in notification["message"]
    assert notification["link"] == f"/v1/workspaces/{neighbours.workspace_id}/loans/{loan_id}"
    assert notification["read_at"] is None
    assert "LOAN_OVERDUE" in {one["type"] for one in await neighbours.told(users["owner"])}
    for role in ("member", "viewer"):
        assert await neighbours.told(users[role]) == []


async def test_the_borrower_is_told_where_it_is_a_user(neighbours: Neighbours) -> None:
    """A borrower linked to a member reads words meant for a borrower."""
    await neighbours.workspace("Makerspace")
    viewer = await neighbours.member("viewer")
    borrower = uuid7()
    await neighbours.say("loans.borrower.created", borrower, user_id=viewer)
    await neighbours.loan("due_soon", borrower_id=borrower, days=3)

    [notification] = await neighbours.told(viewer)
    assert notification["type"] == "LOAN_DUE_SOON"
    assert notification["message"].startswith("You borrowed Cordless drill from Makerspace")


async def test_a_return_in_part_is_told_with_what_is_left(neighbours: Neighbours) -> None:
    """A partial return is a LOAN_RETURNED as well."""
    owner = await neighbours.member("owner")
    back = {"quantity": 2, "condition": "GOOD", "notes": None}
    await neighbours.loan("partially_returned", quantity=3, returned_quantity=2, **{"return": back})

    [notification] = await neighbours.told(owner)
    assert notification["type"] == "LOAN_RETURNED"
    assert "Still out: 1." in notification["message"]


async def test_who_joined_is_told_to_the_others(neighbours: Neighbours) -> None:
    """The staff read who joined; the one who joined does not."""
    await neighbours.workspace("Makerspace")
    owner = await neighbours.member("owner")
    admin = await neighbours.member("admin", "Ada Lovelace")

    [notification] = await neighbours.told(owner)
    assert notification["type"] == "MEMBER_JOINED"
    assert notification["title"] == "Ada Lovelace joined Makerspace"
    assert await neighbours.told(admin) == []


async def test_a_service_account_is_told_of_and_told_nothing(neighbours: Neighbours) -> None:
    """The staff read that it is there; it has nobody to read what it would be sent."""
    owner = await neighbours.member("owner")
    machine = await neighbours.member("admin", "Till", kind="service")
    await neighbours.loan("overdue", days_overdue=2)

    assert [one["type"] for one in await neighbours.told(owner)] == [
        "LOAN_OVERDUE",
        "MEMBER_JOINED",
    ]
    assert await neighbours.told(machine) == []


async def test_who_is_invited_is_told_before_they_are_a_member(neighbours: Neighbours) -> None:
    """Where they have an account, they read who invites them to what, and what to do; one without
    has the mail alone."""
    await neighbours.workspace("Makerspace")
    invited, invitation = uuid4(), "auth.invitation.created"
    await neighbours.say(invitation, uuid7(), user_id=None)
    await neighbours.say(invitation, uuid7(), user_id=invited, inviter_name="Dana", role="admin")

    [notification] = await neighbours.told(invited)
    assert notification["type"] == "WORKSPACE_INVITE"
    assert notification["title"] == "Dana invites you to Makerspace"
    assert "role admin" in notification["message"]
    count = await neighbours.inbox(invited).get("/v1/notifications/unread-count")
    assert count.json() == {"count": 1}


async def test_a_change_that_waits_is_told_to_who_can_approve(neighbours: Neighbours) -> None:
    """The staff read what is wanted; the member reads what became of it, and once."""
    await neighbours.workspace("Makerspace")
    users = {role: await neighbours.member(role) for role in ("viewer", "member", "owner", "admin")}
    change = {"requested_by": users["member"], "requester_name": "Max", "summary": "items: delete"}
    first, second, third = uuid7(), uuid7(), uuid7()
    for id_ in (first, second, third):
        await neighbours.say("auth.approval.requested", id_, **change)
    for role in ("owner", "admin"):
        told = [one for one in await neighbours.told(users[role]) if one["type"] == "APPROVAL"]
        assert {one["title"] for one in told} == {"Max asks for your approval"}
        assert {one["link"].rpartition("/")[2] for one in told} == {
            str(first),
            str(second),
            str(third),
        }
    assert await neighbours.told(users["member"]) == []
    await neighbours.say("auth.approval.applied", first, **change)
    await neighbours.say("auth.approval.failed", second, **change)
    await neighbours.say("auth.approval.rejected", third, **change, reason="We need it.")

    rejected, failed, applied = await neighbours.told(users["member"])
    assert "We need it." in rejected["message"]
    assert (failed["title"], applied["title"]) == (
        "Not made: items: delete",
        "Approved: items: delete",
    )
    assert await neighbours.told(users["viewer"]) == []


async def test_an_event_heard_twice_is_told_once(neighbours: Neighbours) -> None:
    """Once per event and user, even when the inbox of events has forgotten it."""
    owner = await neighbours.member("owner")
    event_id = await neighbours.loan("overdue", days_overdue=1)
    later = await neighbours.member("admin")
    before = await neighbours.database.fetch(
        "SELECT * FROM notifications WHERE workspace_id = $1 ORDER BY id", neighbours.workspace_id
    )
    await neighbours.redeliver(event_id)

    after = await neighbours.database.fetch(
        "SELECT * FROM notifications WHERE workspace_id = $1 ORDER BY id", neighbours.workspace_id
    )
    assert after == before
    assert [one["type"] for one in await neighbours.told(owner)] == [
        "MEMBER_JOINED",
        "LOAN_OVERDUE",
    ]
    assert await neighbours.told(later) == []


async def test_reading_one_leaves_the_others_unread(neighbours: Neighbours) -> None:
    """Read is kept with its time, and reading again keeps that time."""
    owner = await neighbours.member("owner")
    for _ in range(3):
        await neighbours.loan("overdue", days_overdue=1)
    inbox = neighbours.inbox(owner)
    first = (await neighbours.told(owner))[0]

    read = await inbox.post(f"/v1/notifications/{first['id']}/read")
    assert read.status_code == 200
    assert read.json()["read_at"]
    again = await inbox.post(f"/v1/notifications/{first['id']}/read")
    assert again.json() == read.json()
    assert (await inbox.get("/v1/notifications/unread-count")).json() == {"count": 2}
    assert first["id"] not in {one["id"] for one in await neighbours.told(owner, unread=True)}


async def test_all_are_read_at_once_or_those_of_one_workspace(neighbours: Neighbours) -> None:
    """read-all says how many it marked; another workspace's stay."""
    owner = await neighbours.member("owner")
    await neighbours.loan("overdue", days_overdue=1)
    await neighbours.loan("overdue", days_overdue=1)
    inbox = neighbours.inbox(owner)

    other = await inbox.post("/v1/notifications/read-all", json={"workspace_id": str(uuid4())})
    assert other.json() == {"count": 0}
    assert (await inbox.post("/v1/notifications/read-all")).json() == {"count": 2}
    assert (await inbox.get("/v1/notifications/unread-count")).json() == {"count": 0}


async def test_nobody_reads_or_marks_anothers(neighbours: Neighbours) -> None:
    """Another user's notification is a 404 and stays unread."""
    owner = await neighbours.member("owner")
    await neighbours.loan("overdue", days_overdue=1)
    [mine] = await neighbours.told(owner)
    stranger = neighbours.inbox(uuid4())

    assert (await stranger.post(f"/v1/notifications/{mine['id']}/read")).status_code == 404
    assert (await stranger.post("/v1/notifications/read-all")).json() == {"count": 0}
    assert (await stranger.get("/v1/notifications")).json()["items"] == []
    assert (await neighbours.told(owner))[0]["read_at"] is None


@pytest.mark.parametrize("how", ["removed", "deleted"])
async def test_who_left_reads_no_more_of_the_workspace(neighbours: Neighbours, how: str) -> None:
    """With the membership, or with the workspace, its notifications go out of sight."""
    await neighbours.workspace()
    owner = await neighbours.member("owner")
    await neighbours.loan("overdue", days_overdue=1)
    [mine] = await neighbours.told(owner)
    if how == "removed":
        await neighbours.say(
            "auth.member.removed", neighbours.member_id(owner), user_id=owner, role="owner"
        )
    else:
        await neighbours.say("auth.workspace.deleted", neighbours.workspace_id, name="Makerspace")
    inbox = neighbours.inbox(owner)

    assert await neighbours.told(owner) == []
    assert (await inbox.get("/v1/notifications/unread-count")).json() == {"count": 0}
    assert (await inbox.post(f"/v1/notifications/{mine['id']}/read")).status_code == 404


async def test_who_comes_back_reads_again(neighbours: Neighbours) -> None:
    """A new membership, under a new id that starts at version 1, counts."""
    owner = await neighbours.member("owner")
    await neighbours.loan("overdue", days_overdue=1)
    member_id = neighbours.member_id(owner)
    await neighbours.say("auth.member.removed", member_id, user_id=owner, role="owner")
    await neighbours.say("auth.member.added", uuid7(), user_id=owner, role="viewer")
    assert len(await neighbours.told(owner)) == 1


async def test_pages_hold_every_notification_once(neighbours: Neighbours) -> None:
    """Following next_cursor gives each once, newest first."""
    owner = await neighbours.member("owner")
    for number in range(5):
        await neighbours.loan("overdue", days_overdue=1, item_name=f"Box {number}")
    titles: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await neighbours.inbox(owner).get(
            "/v1/notifications", params={"limit": 2, "cursor": cursor}
        )
        titles += [one["title"] for one in page.json()["items"]]
        cursor = page.json()["next_cursor"]
    assert titles == [f"Overdue: Box {number}" for number in reversed(range(5))]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "?cursor=odd", None, 422),
        ("GET", "?unread=perhaps", None, 422),
        ("POST", "/none/read", None, 422),
        ("POST", f"/{uuid4()}/read", None, 404),
        ("POST", "/read-all", {"workspace_id": "none"}, 422),
        ("POST", "/read-all", {"workspace": str(uuid4())}, 422),
    ],
)
async def test_what_makes_no_sense_is_a_problem(
    neighbours: Neighbours, method: str, path: str, body: object, status: int
) -> None:
    """Odd input answers a problem that says what is wrong."""
    answer = await neighbours.inbox(uuid4()).request(method, f"/v1/notifications{path}", json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
