"""What happened and who is to read of it come on different topics, in any order."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from integration.notify.rig import Neighbours
from uuid_utils.compat import uuid7

from chassis.database import Database
from services.notify.inbox import service

EARLIER = datetime.now(UTC) - timedelta(hours=1)


def types(notifications: list[dict[str, str]]) -> list[str]:
    return sorted(one["type"] for one in notifications)


async def test_the_staff_is_told_what_happened_before_it_was_heard_of(
    neighbours: Neighbours,
) -> None:
    """An owner and an admin of long ago; not one who joins now, and no member."""
    await neighbours.workspace()
    newcomer = await neighbours.member("member", "Max Member")
    await neighbours.loan("overdue", days_overdue=2)
    owner = await neighbours.member("owner", at=EARLIER)
    admin = await neighbours.member("admin", at=EARLIER + timedelta(minutes=1))
    viewer = await neighbours.member("viewer", at=EARLIER)
    later = await neighbours.member("admin", "Ada Lovelace")

    told = await neighbours.told(owner)
    assert sorted(one["title"] for one in told) == [
        "Ada Lovelace joined Makerspace",
        "Grace Hopper joined Makerspace",
        "Grace Hopper joined Makerspace",
        "Max Member joined Makerspace",
        "Overdue: Cordless drill",
    ]
    assert types(await neighbours.told(admin)) == ["LOAN_OVERDUE", "MEMBER_JOINED", "MEMBER_JOINED"]
    for user in (newcomer, viewer, later):
        assert await neighbours.told(user) == []


async def test_who_became_an_admin_is_told_what_happened_since(neighbours: Neighbours) -> None:
    """Not what had happened while they were a member, or is of no news to them."""
    user = await neighbours.member("member", at=EARLIER - timedelta(hours=2))
    before, since = uuid7(), uuid7()
    for loan, minutes in ((before, -1), (since, 1)):
        at = EARLIER + timedelta(minutes=minutes)
        await neighbours.loan("overdue", id_=loan, at=at, days_overdue=2)
    await neighbours.say(
        "auth.member.role_changed",
        neighbours.member_id(user),
        EARLIER,
        user_id=user,
        role="admin",
    )
    [notification] = await neighbours.told(user)
    assert notification["link"].endswith(str(since))


async def test_a_borrower_is_told_once_it_is_heard_who_they_are(neighbours: Neighbours) -> None:
    """Whichever is heard last: the loan, the borrower, or the member; and once, with the words
    that are meant for borrowers, also where they run the workspace."""
    borrower, user = uuid7(), uuid4()
    await neighbours.loan("due_soon", borrower_id=borrower, days=3)
    await neighbours.say("loans.borrower.created", borrower, EARLIER, user_id=user)
    assert await neighbours.told(user) == []
    await neighbours.member("owner", at=EARLIER - timedelta(minutes=1), user_id=user)
    [notification] = await neighbours.told(user)
    assert notification["message"].startswith("You borrowed Cordless drill")

    viewer, linked = await neighbours.member("viewer", at=EARLIER), uuid7()
    await neighbours.loan("due_soon", borrower_id=linked, days=3)
    await neighbours.say("loans.borrower.created", linked, EARLIER, user_id=viewer)
    assert types(await neighbours.told(viewer)) == ["LOAN_DUE_SOON"]


async def test_notices_are_kept_for_a_while(
    neighbours: Neighbours, environment: dict[str, str]
) -> None:
    """Those of the loan and of the join. Inboxes keep what was told; only who is heard of much
    later misses it."""
    owner = await neighbours.member("owner", at=EARLIER)
    await neighbours.loan("overdue", days_overdue=2)
    kept = "SELECT count(*) FROM notices WHERE workspace_id = $1 AND reader = 'staff'"
    database = Database(environment["NOTIFY_DATABASE_URL"], name="test", pool_size=1)
    try:
        await service.forget_notices(database)
        assert await neighbours.database.fetchval(kept, neighbours.workspace_id) == 2
        await neighbours.database.execute(
            "UPDATE notices SET posted_at = posted_at - interval '8 days' WHERE workspace_id = $1",
            neighbours.workspace_id,
        )
        await service.forget_notices(database)
    finally:
        await database.stop()
    assert await neighbours.database.fetchval(kept, neighbours.workspace_id) == 0
    assert types(await neighbours.told(owner)) == ["LOAN_OVERDUE"]
