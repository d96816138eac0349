"""What mails promise: from auth's event to the reader's mailbox, through notify's own process."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from support.kafka import Kafka, Seen
from support.mailbox import LATER, OK, UNKNOWN, Mailbox, Received
from support.processes import Processes
from support.waiting import eventually
from uuid_utils.compat import uuid7

from chassis.sealing import Sealer
from warehouse.embedded.server import free_port

REQUESTED, DELIVERY = "warehouse.auth.mail.requested", "warehouse.notify.delivery.v1"
URL = "https://warehouse.example"


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def couriers(
    processes: Processes,
    environment: dict[str, str],
    ports: dict[str, int],
    port: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Processes]:
    """Notify with a mail server."""
    processes.only()
    settings = {
        "NOTIFY_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "NOTIFY_MAIL_FROM": "Warehouse <post@warehouse.example>",
        "NOTIFY_MAIL_PAUSE": "0.2",
        "WAREHOUSE_PUBLIC_URL": f"{URL}/",
    }
    couriers = Processes(environment | settings, ports, tmp_path_factory.mktemp("couriers"))
    yield couriers
    couriers.stop_all()


@pytest.fixture(autouse=True)
def notify(couriers: Processes) -> None:
    couriers.only(["notify"])


@pytest.fixture
async def mailbox(port: int) -> AsyncIterator[Mailbox]:
    mailbox = Mailbox(port)
    await mailbox.start()
    yield mailbox
    await mailbox.stop()


@dataclass
class Auth:
    """The service that asks for mails, played by a test."""

    kafka: Kafka
    sealer: Sealer
    database: Any
    mailbox: Mailbox
    http: httpx.AsyncClient

    async def ask(self, template: str = "verify_email", **changes: Any) -> UUID:  # noqa: ANN401
        """Ask for a mail to `<its id>@example.com` unless that is changed; the mail's id."""
        mail_id, now = uuid7(), datetime.now(UTC)
        token = changes.pop("token", None)
        payload = {
            "id": mail_id,
            "user_id": uuid4(),
            "email": f"{mail_id}@example.com",
            "full_name": "Dana Rivers",
            "template": template,
            "facts": {},
            "sealed": self.sealer.seal(token.encode()) if token else None,
            "expires_at": now + timedelta(hours=1),
            "created_at": now,
            "updated_at": now,
        }
        await self.kafka.tell(REQUESTED, payload | changes)
        return mail_id

    async def arrived(self, mail_id: UUID) -> Received:
        """The mail, once it is in the mailbox; it is alone there."""
        [mail] = await eventually(lambda: self.mailbox.to(f"{mail_id}@example.com"))
        return mail

    async def settled(self, mail_id: UUID) -> dict[str, Any]:
        """The mail's row once it is settled."""

        async def look() -> dict[str, Any] | None:
            row = await self.database.fetchrow(
                "SELECT * FROM mails WHERE id = $1 AND state <> 'waiting'", mail_id
            )
            return dict(row) if row else None

        row = await eventually(look)
        assert row is not None
        return row

    async def told(self, mail_id: UUID) -> Seen:
        """The one event about the mail's delivery."""

        async def look() -> list[Seen]:
            return [one for one in await self.kafka.read(DELIVERY) if one.key == str(mail_id)]

        [event] = await eventually(look)
        return event


@pytest.fixture
async def auth(
    kafka: Kafka,
    environment: dict[str, str],
    connect: Callable[[str], Any],
    caller: Callable[..., httpx.AsyncClient],
    mailbox: Mailbox,
) -> Auth:
    sealer = Sealer(environment["WAREHOUSE_MAIL_KEYS"])
    return Auth(kafka, sealer, await connect("notify"), mailbox, caller("notify"))


async def test_a_mail_arrives_with_its_token_and_leaves_none_behind(auth: Auth) -> None:
    """The reader gets a link; the row keeps neither token nor facts, and the event names nobody's
    address."""
    workspace_id = uuid4()
    mail_id = await auth.ask(
        "password_reset",
        token="once-only",
        facts={"address": "203.0.113.7", "device": "Firefox on Linux"},
        workspace_id=workspace_id,
    )
    mail = await auth.arrived(mail_id)
    assert mail.message["Subject"] == "Set a new password"
    assert mail.message["From"] == "Warehouse <post@warehouse.example>"
    assert mail.message["Message-ID"] == f"<{mail_id}@warehouse.example>"
    assert f"{URL}/password-reset?token=once-only" in mail.text
    assert f'href="{URL}/password-reset?token=once-only"' in mail.html
    assert "203.0.113.7, Firefox on Linux" in mail.text

    row = await auth.settled(mail_id)
    assert (row["state"], row["attempts"]) == ("sent", 1)
    assert (row["sealed"], row["facts"], row["full_name"]) == (None, "{}", "")
    event = await auth.told(mail_id)
    assert event.type == "warehouse.notify.delivery.sent"
    assert event.payload["workspace_id"] == str(workspace_id)
    assert (event.payload["template"], event.payload["channel"]) == ("password_reset", "email")
    assert "example.com" not in json.dumps(event.payload)
    metrics = await auth.http.get("/metrics")
    assert 'warehouse_mails_total{outcome="sent"}' in metrics.text


async def test_an_event_delivered_twice_is_one_mail(auth: Auth) -> None:
    """Whatever the inbox remembers; the mail's own id counts."""
    mail_id = uuid7()
    for _ in range(2):
        await auth.ask(id=mail_id, email=f"{mail_id}@example.com")
    await auth.settled(mail_id)
    last = await auth.ask()
    await auth.arrived(last)
    assert len(auth.mailbox.to(f"{mail_id}@example.com")) == 1
    await auth.told(mail_id)


async def test_a_mail_is_in_the_readers_language(auth: Auth) -> None:
    subjects = {
        "en": "Confirm your e-mail address",
        "et": "Kinnita oma e-posti aadress",
        "ru": "Подтвердите адрес электронной почты",
    }
    mails = {language: await auth.ask(token="t", language=language) for language in subjects}
    for language, mail_id in mails.items():
        mail = await auth.arrived(mail_id)
        assert mail.message["Subject"] == subjects[language]
        assert mail.message["Content-Language"] == language
        assert f'<html lang="{language}">' in mail.html


async def test_a_mail_waits_for_the_server(auth: Auth) -> None:
    """Away, then busy, then back: the mail arrives once, after more than one attempt."""
    await auth.mailbox.stop()
    mail_id = await auth.ask("security", facts={"what": "password_changed"}, expires_at=None)

    async def was_tried() -> bool:
        error = await auth.database.fetchval("SELECT error FROM mails WHERE id = $1", mail_id)
        return error is not None

    await eventually(was_tried)
    busy, ours = [LATER], f"{mail_id}@example.com"
    auth.mailbox.recipients = lambda address: busy.pop() if busy and address == ours else OK
    await auth.mailbox.start()
    mail = await auth.arrived(mail_id)
    assert mail.message["Subject"] == "Your password was changed"
    assert busy == []
    row = await auth.settled(mail_id)
    assert row["attempts"] >= 3
    assert (await auth.told(mail_id)).payload["attempts"] == row["attempts"]


async def test_an_unknown_recipient_is_final(auth: Auth) -> None:
    auth.mailbox.recipients = lambda _: UNKNOWN
    mail_id = await auth.ask(token="t")
    row = await auth.settled(mail_id)
    assert (row["state"], row["attempts"], row["sealed"]) == ("failed", 1, None)
    assert "no such mailbox" in row["error"]
    event = await auth.told(mail_id)
    assert event.type == "warehouse.notify.delivery.failed"
    assert event.payload["reason"] == "refused"
    assert "example.com" not in json.dumps(event.payload)
    assert auth.mailbox.asked.count(f"{mail_id}@example.com") == 1


async def test_a_mail_whose_token_expired_is_not_sent(auth: Auth) -> None:
    """It would only annoy; and one that is older than any row is not even noted."""
    now = datetime.now(UTC)
    late = await auth.ask(token="t", expires_at=now - timedelta(seconds=1))
    ancient = await auth.ask(token="t", expires_at=now - timedelta(days=31))
    row = await auth.settled(late)
    assert (row["state"], row["attempts"]) == ("failed", 0)
    event = await auth.told(late)
    assert event.payload["reason"] == "expired"
    await auth.arrived(await auth.ask())
    assert auth.mailbox.to(f"{late}@example.com") == []
    assert await auth.database.fetchval("SELECT count(*) FROM mails WHERE id = $1", ancient) == 0


async def test_nobody_can_write_a_header(auth: Auth) -> None:
    """Neither by a name nor by a fact; an address that tries is none."""
    mail_id = await auth.ask(
        "invitation",
        token="t",
        full_name="Dana\r\nBcc: all@example.com",
        facts={"workspace_name": "Attic\r\nBcc: all@example.com\r\n\r\nHi", "inviter_name": "R"},
    )
    mail = await auth.arrived(mail_id)
    assert mail.recipients == [f"{mail_id}@example.com"]
    assert mail.message["Bcc"] is None
    assert mail.message["Subject"].startswith("R invites you to Attic Bcc: all@")
    assert f"{URL}/invitations/t" in mail.text
    injected = await auth.ask(email="dana@example.com\r\nBcc: all@example.com")
    assert (await auth.settled(injected))["state"] == "failed"
    assert (await auth.told(injected)).payload["reason"] == "invalid_address"


async def test_a_courier_killed_before_its_mark_sends_the_same_mail_again(
    auth: Auth, couriers: Processes
) -> None:
    """The server has taken the mail, and the courier dies before it hears so: another sends it
    again once the lease has ended (after a minute, cut short here), under the same Message-ID, and
    tells of it once."""
    mail_id = uuid7()
    address = f"{mail_id}@example.com"
    auth.mailbox.slow.add(address)
    await auth.ask(id=mail_id, email=address)
    await eventually(lambda: auth.mailbox.to(address))
    couriers.kill("notify")
    auth.mailbox.answer.set()
    await auth.database.execute("UPDATE mails SET due_at = now() WHERE id = $1", mail_id)
    couriers.consuming = False  # the group waits for the dead one; what is leased is not Kafka's
    couriers.only(["notify"])
    await auth.settled(mail_id)
    first, second = auth.mailbox.to(address)
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert (await auth.told(mail_id)).payload["attempts"] == 2
