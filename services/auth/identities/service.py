"""The use cases of identities."""

from uuid import UUID

from chassis.database import TenantSession
from chassis.problems import Conflict, NotFound, Unauthenticated
from services.auth.identities import repository
from services.auth.passwords import UNUSABLE
from services.auth.users import repository as users


class LastWayIn(Conflict):
    code, title = "last-way-in", "You could not sign in any more"


async def unlink(session: TenantSession, user_id: UUID, identity_id: UUID) -> None:
    """End that a user may sign in as who they are at a provider. Raises `LastWayIn` when there is
    neither another identity nor a password."""
    user = await users.locked(session, user_id)
    if user is None or not user.is_active:
        raise Unauthenticated
    known = await repository.of_user(session, user_id)
    wanted = next((one for one in known if one.id == identity_id), None)
    if wanted is None:
        raise NotFound("You have no such identity.")
    if len(known) == 1 and user.password_hash == UNUSABLE:
        raise LastWayIn("Set a password first (by resetting it), or sign in elsewhere as well.")
    await session.delete(wanted)
