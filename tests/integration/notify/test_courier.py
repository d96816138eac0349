"""The courier's own promises, on notify's database with no service running."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs
from support.processes import Processes
from support.waiting import eventually
from uuid_utils.compat import uuid7

from chassis.database import Database
from chassis.scope import SYSTEM, Scope
from services.notify.mail import repository, service
from services.notify.mail.courier import Courier
from services.notify.mail.repository import Mail


@pytest.fixture(autouse=True)
def notify(processes: Processes) -> None:
    """Its process would send the mails of these tests."""
    processes.only()


@dataclass
class Post:
    """A transport that counts, as slow as the test wants it."""

    sent: list[UUID] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: EmailMessage, mail_id: UUID) -> None:  # noqa: ARG002
        self.began.set()
        await self.go_on.wait()
        if self.failures:
            raise self.failures.pop()
        self.sent.append(mail_id)


@pytest.fixture
def post() -> Post:
    """A transport that sends at once."""
    post = Post()
    post.go_on.set()
    return post


@pytest.fixture
async def database(environment: dict[str, str]) -> AsyncIterator[Database]:
    database = Database(environment["NOTIFY_DATABASE_URL"], name="notify", pool_size=4)
    await database.start()
    # What other tests left there would be sent, too.
    async with database.system() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("DELETE FROM mails")
    yield database
    await database.stop()


Make = Callable[..., Courier]


@pytest.fixture
async def courier(database: Database) -> AsyncIterator[Make]:
    """`courier(post, lease=…)`: one that is at work until the test ends. It looks by itself once an
    hour unless told otherwise."""
    made: list[Courier] = []

    def make(post: Post | None, *, interval: float = 3600, lease: float = 60) -> Courier:
        def compose(_: Mail) -> EmailMessage:
            return EmailMessage()

        made.append(Courier(database, compose, post, interval=interval, lease=lease, pause=0.1))
        database.on_commit.append(made[-1].wake)
        return made[-1]

    yield make
    for one in made:
        await one.stop()


async def accept(
    database: Database, *, age: timedelta = timedelta(), workspace_id: UUID | None = None
) -> UUID:
    """Accept a mail as the consumer does."""
    mail_id = uuid7()
    scope = Scope(workspace_id=workspace_id) if workspace_id else SYSTEM
    async with database.session(scope) as session:
        await service.accept(
            session,
            mail_id=mail_id,
            user_id=None,
            email="dana@example.com",
            full_name="Dana",
            language="en",
            template="security",
            facts={},
            sealed=None,
            expires_at=None,
            created_at=datetime.now(UTC) - age,
        )
    return mail_id


async def state(database: Database, mail_id: UUID) -> Any:  # noqa: ANN401
    async with database.system() as session:
        rows = await session.rows("SELECT state, attempts FROM mails WHERE id = $1", mail_id)
    return rows[0] if rows else None


async def settled(database: Database, mail_id: UUID, expected: str) -> None:
    async def look() -> bool:
        return bool((await state(database, mail_id))[0] == expected)

    await eventually(look)


async def events(database: Database, mail_id: UUID) -> list[str]:
    async with database.system() as session:
        rows = await session.rows("SELECT type FROM outbox WHERE key = $1", str(mail_id))
    return [type_.rpartition(".")[2] for (type_,) in rows]


async def test_a_commit_wakes_the_courier(database: Database, courier: Make, post: Post) -> None:
    """A mail leaves at once, not at the next look, which is an hour away."""
    await courier(post).start()
    first = await accept(database)
    await settled(database, first, "sent")
    second = await accept(database)
    await settled(database, second, "sent")
    assert post.sent == [first, second]


async def test_couriers_share_the_mails(database: Database, courier: Make, post: Post) -> None:
    """Each mail is sent by one of them, more than either takes at a time."""
    mails = [await accept(database) for _ in range(15)]
    await asyncio.gather(courier(post).start(), courier(post).start())
    for mail_id in mails:
        await settled(database, mail_id, "sent")
    assert sorted(post.sent) == sorted(mails)


async def test_a_courier_that_is_too_slow_notes_nothing(
    database: Database, courier: Make, post: Post
) -> None:
    """Its lease has ended and the mail is another's: one event, whoever comes last."""
    mail_id = await accept(database)
    async with database.system() as session:
        [slow] = await repository.lease(session, limit=1, seconds=0, can_send=True)
    await courier(post).start()
    await settled(database, mail_id, "sent")
    await service.note_failed(database, slow, service.Reason.REFUSED)
    await service.postpone(database, slow, 0, "too late")
    assert await state(database, mail_id) == ("sent", 2)
    assert await events(database, mail_id) == ["sent"]


async def test_a_server_that_hangs_is_given_up_before_the_lease_ends(
    database: Database, courier: Make
) -> None:
    """Then the mail is tried again."""
    post = Post()
    await courier(post, lease=0.4, interval=0.05).start()
    mail_id = await accept(database)
    await eventually(post.began.wait)

    async def was_tried_twice() -> bool:
        return bool((await state(database, mail_id))[1] >= 2)

    await eventually(was_tried_twice)
    post.go_on.set()
    await settled(database, mail_id, "sent")
    assert set(post.sent) == {mail_id}


async def test_a_stop_lets_what_is_on_its_way_arrive(database: Database, courier: Make) -> None:
    post = Post()
    stopping = courier(post)
    await stopping.start()
    mail_id = await accept(database)
    await post.began.wait()
    asyncio.get_running_loop().call_later(0.05, post.go_on.set)
    await stopping.stop()
    assert await state(database, mail_id) == ("sent", 1)


async def test_without_a_way_out_mails_are_kept(
    database: Database, courier: Make, post: Post
) -> None:
    """A warning says once what to set; what is late is given up all the same, and the rest goes
    when there is a way."""
    with capture_logs() as logs:
        await courier(None, interval=0.02).start()
        kept = await accept(database)
        late = await accept(database, age=timedelta(days=2))
        await settled(database, late, "failed")
        await eventually(lambda: [line for line in logs if line["event"] == "mail.kept"])
        await accept(database)
        await settled(database, await accept(database, age=timedelta(days=2)), "failed")
    [warning] = [line for line in logs if line["event"] == "mail.kept"]
    assert "NOTIFY_SMTP_URL" in warning["hint"]
    assert await state(database, kept) == ("waiting", 0)
    await courier(post).start()
    await settled(database, kept, "sent")


async def test_a_failure_is_tried_again_soon(database: Database, courier: Make, post: Post) -> None:
    """After its pause, and not at the next look, which is an hour away."""
    post.failures = [ConnectionError("away"), ConnectionError("still away")]
    await courier(post).start()
    mail_id = await accept(database)
    await settled(database, mail_id, "sent")
    assert await state(database, mail_id) == ("sent", 3)


async def test_a_workspace_sees_its_own_mails_alone(database: Database) -> None:
    """Nor those of nobody, such as a password's reset."""
    ours, theirs = uuid4(), uuid4()
    mails = [await accept(database, workspace_id=one) for one in (ours, theirs, None)]
    async with database.tenant(ours) as session:
        assert await session.rows("SELECT id FROM mails") == [(mails[0],)]


async def test_mails_are_forgotten_after_a_month(
    database: Database, courier: Make, post: Post
) -> None:
    """Those that were settled."""
    await courier(post).start()
    old, new = await accept(database), await accept(database)
    for mail_id in (old, new):
        await settled(database, mail_id, "sent")
    async with database.system() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(
            "UPDATE mails SET done_at = now() - interval '31 days' WHERE id = $1", (old,)
        )
    await service.forget(database)
    assert await state(database, old) is None
    assert await state(database, new) == ("sent", 1)
