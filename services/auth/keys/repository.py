"""Queries on signing keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from chassis.database import Source, TenantSession, lock_key
from services.auth.keys.models import SigningKey


class KeyRow(NamedTuple):
    """A key as it was read `at` that time of the database's."""

    kid: str
    public: str
    sealed: str | None
    activates_at: datetime
    withdrawn_at: datetime | None
    at: datetime


async def recent(source: Source) -> list[KeyRow]:
    """The keys that may have to do with what is published now."""
    rows = await source.rows("""
        SELECT kid, public, sealed, activates_at, withdrawn_at, now() FROM signing_keys
        WHERE withdrawn_at IS NULL OR withdrawn_at > now() - interval '1 day'
    """)
    return [KeyRow(*row) for row in rows]


async def lock(session: TenantSession) -> tuple[Sequence[SigningKey], datetime]:
    """All keys there ever were and the database's time; nobody else changes them until this
    transaction ends."""
    await lock_key(session, "signing-keys")
    return await everything(session)


async def everything(session: TenantSession) -> tuple[Sequence[SigningKey], datetime]:
    """All keys there ever were and the database's time."""
    # Not now(), which is when this transaction began, before it waited.
    at: datetime = (await session.scalars(select(func.clock_timestamp()))).one()
    keys = await session.scalars(select(SigningKey).order_by(SigningKey.activates_at))
    return keys.all(), at
