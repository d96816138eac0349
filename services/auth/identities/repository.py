"""Queries on identities; the representation of one is the SQL here."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select, update

from chassis.database import Source, TenantSession
from chassis.events import now
from chassis.pages import Paging, Where, page
from services.auth.identities.models import Identity

_SELECT = "SELECT i.id, i.provider, i.email, i.created_at, i.last_used_at FROM identities i"


async def find(source: Source, user_id: UUID, paging: Paging) -> bytes:
    """A page of a user's identities."""
    where = Where()
    where.add("i.user_id = {}", user_id)
    return await page(source, _SELECT, where, paging, key="i.id")


async def by_subject(session: TenantSession, provider: str, subject: str) -> Identity | None:
    """The identity that a provider knows by `subject`."""
    found: Identity | None = await session.scalar(
        select(Identity).where(Identity.provider == provider, Identity.subject == subject)
    )
    return found


async def note_used(session: TenantSession, identity_id: UUID, email: str | None) -> None:
    """Note that somebody signed in with it just now, and the e-mail that the provider told, if it
    did. One that was unlinked meanwhile stays so."""
    change: dict[str, object] = {"last_used_at": now()}
    if email is not None:
        change["email"] = email
    await session.execute(update(Identity).where(Identity.id == identity_id).values(change))


async def of_user(session: TenantSession, user_id: UUID) -> Sequence[Identity]:
    """All identities of a user who is locked."""
    found = await session.scalars(
        select(Identity).where(Identity.user_id == user_id).order_by(Identity.id)
    )
    return found.all()


async def forget_all(session: TenantSession, user_id: UUID) -> None:
    """Drop every identity of a user, who is then unknown to the providers' names for them."""
    await session.execute(delete(Identity).where(Identity.user_id == user_id))
