"""The mails on their way, and those that were settled of late.

A worker leases what it sends: the row says until when, and the number of the attempt, by which a
worker that was too slow finds out that the mail is another's by now. All times that decide are the
database's, so that workers need not agree on the clock.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from chassis.database import TenantSession

_ADD = text("""
    INSERT INTO mails (
        id, workspace_id, user_id, email, full_name, language, template, facts, sealed,
        expires_at, give_up_at, created_at
    )
    VALUES (
        :id, :workspace_id, :user_id, :email, :full_name, :language, :template,
        CAST(:facts AS json), :sealed, :expires_at, :give_up_at, :created_at
    )
    ON CONFLICT (id) DO NOTHING
    RETURNING id
""")
_LEASE = text("""
    WITH due AS (
        SELECT id FROM mails WHERE due_at <= now() AND (:can_send OR give_up_at <= now())
        ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE mails SET
        attempts = attempts + (give_up_at > now())::integer,
        due_at = now() + make_interval(secs => :seconds)
    FROM due WHERE mails.id = due.id
    RETURNING mails.id, workspace_id, user_id, email, full_name, language, template, facts, sealed,
              expires_at, created_at, attempts, give_up_at <= now() AS is_late
""")
# A mail is another worker's once its attempt has another number.
_OURS = "id = :id AND state = 'waiting' AND attempts = :attempts"
_SETTLE = text(f"""
    UPDATE mails SET
        state = :state, error = coalesce(:error, error), due_at = NULL, done_at = now(),
        sealed = NULL, facts = '{{}}', full_name = ''
    WHERE {_OURS}
    RETURNING done_at
""")
_POSTPONE = text(f"""
    UPDATE mails SET
        due_at = least(now() + make_interval(secs => :seconds), give_up_at), error = :error
    WHERE {_OURS}
""")
_WAITING = text("SELECT count(*) FROM mails WHERE due_at <= now()")
_FORGET = text("DELETE FROM mails WHERE done_at < now() - make_interval(days => :days)")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that a worker has leased; `is_late` when it is of no use any more."""

    id: UUID
    workspace_id: UUID | None
    user_id: UUID | None
    email: str
    full_name: str
    language: str
    template: str
    facts: Mapping[str, str]
    sealed: str | None
    expires_at: datetime | None
    created_at: datetime
    attempts: int
    is_late: bool


async def add(
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
    give_up_at: datetime,
    created_at: datetime,
) -> bool:
    """Keep a mail to send; whether it is new."""
    added = await session.execute(
        _ADD,
        {
            "id": mail_id,
            "workspace_id": session.scope.workspace_id,
            "user_id": user_id,
            "email": email,
            "full_name": full_name,
            "language": language,
            "template": template,
            "facts": json.dumps(dict(facts)),
            "sealed": sealed,
            "expires_at": expires_at,
            "give_up_at": give_up_at,
            "created_at": created_at,
        },
    )
    return added.scalar() is not None


async def lease(
    session: TenantSession, *, limit: int, seconds: float, can_send: bool
) -> list[Mail]:
    """Up to `limit` mails that are due and nobody's, now the caller's for so many seconds; only
    late ones unless the caller can send."""
    leased = await session.execute(
        _LEASE, {"limit": limit, "seconds": seconds, "can_send": can_send}
    )
    return [
        Mail(**row | {"facts": json.loads(row["facts"])}) for row in map(dict, leased.mappings())
    ]


async def settle(
    session: TenantSession, mail: Mail, state: str, error: str | None = None
) -> datetime | None:
    """Note a leased mail as `sent` or `failed` and wipe what it carried; when that was, or None if
    it was not the caller's any more."""
    settled = await session.execute(
        _SETTLE, {"id": mail.id, "attempts": mail.attempts, "state": state, "error": error}
    )
    done_at: datetime | None = settled.scalar()
    return done_at


async def postpone(session: TenantSession, mail: Mail, seconds: float, error: str) -> None:
    """Give a leased mail back, to be tried again after so many seconds."""
    await session.execute(
        _POSTPONE,
        {"id": mail.id, "attempts": mail.attempts, "seconds": seconds, "error": error},
    )


async def waiting(session: TenantSession) -> int:
    """How many mails would be sent now."""
    return int((await session.execute(_WAITING)).scalar_one())


async def forget(session: TenantSession, days: int) -> None:
    """Drop the mails that were settled so many days ago."""
    await session.execute(_FORGET, {"days": days})
