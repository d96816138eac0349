"""Saying one's password again before something that guards the account is changed."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from chassis.problems import Unauthenticated, invalid
from chassis.requests import SignedInUserId, identity_of
from chassis.scope import SYSTEM
from services.auth.guard import Guard
from services.auth.sessions import service as sessions
from services.auth.sessions.clients import Client
from services.auth.throttling.limits import Attempt, Purpose
from services.auth.users.models import User


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, in a session of their own."""

    user_id: UUID
    session_id: UUID | None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A user who said their password, as they were then, and where they are."""

    user: User
    client: Client


async def caller_of(request: Request, user_id: SignedInUserId) -> Caller:
    return Caller(user_id, identity_of(request).session_id)


SignedIn = Annotated[Caller, Depends(caller_of)]


async def confirm(guard: Guard, caller: Caller, field: str, password: str) -> Confirmed:
    """Raise a problem on `field` unless `password` is the caller's. Failures count as those of
    signing in do, so that a session somebody else got hold of is no place to guess either."""
    async with guard.database.session(SYSTEM) as session:
        user = await session.get(User, caller.user_id)
        if user is None or not user.is_active:
            raise Unauthenticated
        client = await sessions.client_of(session, caller.session_id)
        attempt = Attempt(Purpose.PASSWORD, user.email, client.ip, familiar=True)
        await guard.throttle.check(session, attempt)
    right = await guard.passwords.verify(user.password_hash, password)
    async with guard.database.session(SYSTEM) as session:
        if right:
            await guard.throttle.check(session, attempt)
        else:
            await guard.throttle.take(session, attempt)
    if not right:
        raise invalid(field, "This is not your current password.", "wrong")
    return Confirmed(user, client)
