"""What ends when the owner of an address takes over an account whose address was never proved.

Anybody may have registered with it and be waiting for its owner: whatever could let them in ends
before the owner gets the account, and nobody else stays in its personal workspace.
"""

from chassis.database import TenantSession
from services.auth.access_tokens import service as access_tokens
from services.auth.identities import repository as identities
from services.auth.one_time_tokens import service as one_time_tokens
from services.auth.second_factor import repository as second_factors
from services.auth.sessions import service as sessions
from services.auth.sessions.events import Reason
from services.auth.users.models import User
from services.auth.workspaces import service as workspaces


async def evict(session: TenantSession, user: User) -> None:
    """End every session, access token, mailed link and identity elsewhere of a user, and their
    second factor: its app is not the owner's, and would keep them out."""
    await sessions.revoke_all(session, user.id, Reason.PASSWORD_CHANGED)
    await access_tokens.revoke_all(session, user.id)
    await identities.forget_all(session, user.id)
    await second_factors.remove(session, user.id)
    await one_time_tokens.void(session, user.id)
    await workspaces.clear_personal(session, user)
