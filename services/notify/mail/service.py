"""The use cases of mails: accept one, settle one, forget them.

A mail is sent at least once: a worker that dies between the server's answer and its own mark leaves
a mail that another sends again, under the same Message-ID. It is accepted once in effect.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.database import Database, TenantSession
from chassis.events import now
from chassis.outbox import stage
from services.notify.mail import repository
from services.notify.mail.events import Channel, DeliveryFailed, DeliverySent, Reason
from services.notify.mail.repository import Mail

PATIENCE = timedelta(days=1)  # of a mail that does not say until when it is of use
KEEP_DAYS = 30
_ALWAYS: Mapping[str, Any] = {"version": 1, "channel": Channel.EMAIL}


async def accept(
    session: TenantSession,
    *,
    mail_id: UUID,
    user_id: UUID | None,
    email: str,
    full_name: str,
    language: str,
    template: str,
    facts: Mapping[str, str],
    sealed: str | None,
    expires_at: datetime | None,
    created_at: datetime,
) -> None:
    """Keep a mail for the courier, who is woken by the commit. One that came before changes
    nothing, and neither does one so old that its row would be gone."""
    give_up_at = expires_at or created_at + PATIENCE
    if give_up_at < now() - timedelta(days=KEEP_DAYS):
        return
    is_new = await repository.add(
        session,
        mail_id=mail_id,
        user_id=user_id,
        email=email,
        full_name=full_name,
        language=language,
        template=template,
        facts=facts,
        sealed=sealed,
        expires_at=expires_at,
        give_up_at=give_up_at,
        created_at=created_at,
    )
    if is_new:
        session.wake()


async def note_sent(database: Database, mail: Mail) -> None:
    """Settle a mail that the server took."""
    async with database.system() as session:
        if done_at := await repository.settle(session, mail, "sent"):
            stage(session, DeliverySent.of(mail, updated_at=done_at, **_ALWAYS))


async def note_failed(
    database: Database, mail: Mail, reason: Reason, error: str | None = None
) -> None:
    """Give a mail up."""
    async with database.system() as session:
        if done_at := await repository.settle(session, mail, "failed", error):
            stage(session, DeliveryFailed.of(mail, updated_at=done_at, reason=reason, **_ALWAYS))


async def postpone(database: Database, mail: Mail, seconds: float, error: str) -> None:
    """Try a mail again after so many seconds, or give it up then if that is too late."""
    async with database.system() as session:
        await repository.postpone(session, mail, seconds, error)


async def forget(database: Database) -> None:
    """Drop what was settled long ago."""
    async with database.system() as session:
        await repository.forget(session, KEEP_DAYS)
