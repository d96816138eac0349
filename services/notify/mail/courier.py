"""The courier: makes mails and sends them, shared by any number of replicas.

A mail is leased in one short transaction, sent in none, and settled in another. The lease ends by
itself, so that a killed courier's mails are another's soon; a live one stops trying well before.
"""

import asyncio
import random
from collections.abc import Callable
from email.message import EmailMessage

from prometheus_client import Counter

from chassis.clock import Schedule
from chassis.database import Database
from chassis.logging import get_logger
from services.notify.mail import repository, service
from services.notify.mail.events import Reason
from services.notify.mail.message import InvalidAddressError
from services.notify.mail.repository import Mail
from services.notify.mail.transports import RefusedError, Transport

log = get_logger(__name__)

MAILS = Counter("warehouse_mails", "Attempts at mails: sent, failed, postponed", ["outcome"])

AT_ONCE = 4  # mails on their way at the same time
LONGEST_PAUSE = 900.0  # seconds between two attempts
GRACE = 5.0  # seconds that mails on their way have when the courier stops

Compose = Callable[[Mail], EmailMessage]


class Courier:
    """Looks for mails every `interval` seconds and when it is woken. A mail is its for `lease`
    seconds at a time, and is tried again `pause` seconds after a first failure, twice as late after
    each further one. Without a `transport` mails are kept, and given up when they are late."""

    def __init__(
        self,
        database: Database,
        compose: Compose,
        transport: Transport | None,
        *,
        interval: float,
        lease: float,
        pause: float,
    ) -> None:
        self._database = database
        self._compose = compose
        self._transport = transport
        self._lease = lease
        self._pause = pause
        self._schedule = Schedule("notify-mails", self._hand_out, interval)
        self._on_their_way: set[asyncio.Task[None]] = set()
        self._has_warned = False

    def wake(self) -> None:
        self._schedule.wake()

    async def start(self) -> None:
        await self._schedule.start()

    async def stop(self) -> None:
        """Take no more mails, and let those on their way arrive if that takes no long time."""
        await self._schedule.stop()
        if self._on_their_way:
            _, late = await asyncio.wait(self._on_their_way, timeout=GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _hand_out(self) -> None:
        """Send what is due, as far as there is room; whoever is done asks for more."""
        room = AT_ONCE - len(self._on_their_way)
        if room <= 0:
            return
        can_send = self._transport is not None
        async with self._database.system() as session:
            mails = await repository.lease(
                session, limit=room, seconds=self._lease, can_send=can_send
            )
            waiting = 0 if can_send or self._has_warned else await repository.waiting(session)
        if waiting:
            self._has_warned = True
            log.warning(
                "mail.kept", waiting=waiting, hint="set NOTIFY_SMTP_URL or NOTIFY_MAIL_FOLDER"
            )
        for mail in mails:
            task = asyncio.create_task(self._see_to(mail), name=f"mail-{mail.id}")
            self._on_their_way.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._on_their_way.discard(task)
        self._schedule.wake()

    async def _see_to(self, mail: Mail) -> None:
        """Send one mail and note what came of it. What cannot be noted now is found out when its
        lease ends."""
        try:
            await self._deliver(mail)
        except Exception as error:  # noqa: BLE001 - the mail is still there
            log.warning("mail.unsettled", mail_id=str(mail.id), error=repr(error))

    async def _deliver(self, mail: Mail) -> None:
        if mail.is_late or self._transport is None:
            await self._give_up(mail, Reason.EXPIRED)
            return
        try:
            message = self._compose(mail)
            async with asyncio.timeout(self._lease / 2):
                await self._transport.send(message, mail.id)
        except InvalidAddressError as error:
            await self._give_up(mail, Reason.INVALID_ADDRESS, str(error))
        except RefusedError as error:
            await self._give_up(mail, Reason.REFUSED, str(error))
        except Exception as error:  # noqa: BLE001 - whatever it was, it may pass
            await self._postpone(mail, error)
        else:
            await service.note_sent(self._database, mail)
            MAILS.labels("sent").inc()
            log.info("mail.sent", **_named(mail))

    async def _give_up(self, mail: Mail, reason: Reason, error: str | None = None) -> None:
        await service.note_failed(self._database, mail, reason, error)
        MAILS.labels("failed").inc()
        log.warning("mail.failed", **_named(mail), reason=reason.value)

    async def _postpone(self, mail: Mail, error: Exception) -> None:
        seconds = self._pause_after(mail.attempts)
        await service.postpone(self._database, mail, seconds, _text_of(error))
        asyncio.get_running_loop().call_later(seconds, self.wake)
        MAILS.labels("postponed").inc()
        log.warning(
            "mail.postponed", **_named(mail), seconds=round(seconds, 1), error=_kind_of(error)
        )

    def _pause_after(self, attempts: int) -> float:
        pause = min(self._pause * 2.0 ** min(attempts - 1, 30), LONGEST_PAUSE)
        return pause * random.uniform(0.75, 1.25)  # noqa: S311 - jitter


def _named(mail: Mail) -> dict[str, str | int]:
    return {"mail_id": str(mail.id), "template": mail.template, "attempt": mail.attempts}


def _text_of(error: Exception) -> str:
    """For the mail's own row: servers like to name the address."""
    return repr(error)[:500]


def _kind_of(error: Exception) -> str:
    """For the log, which names nobody."""
    code = getattr(error, "code", None)
    return f"{type(error).__name__} {code}" if code else repr(error)[:200]
