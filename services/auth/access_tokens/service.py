"""The use cases of access tokens.

A token does what its user may do, and never more than its scopes: roles are looked up at every
request. So it outlives a changed password and a lost membership (where it opens nothing), and ends
with its user, with the one workspace it opens, or when it is revoked.
"""

from uuid import UUID

from uuid_utils.compat import uuid7

from chassis.access_tokens import digest, new_token
from chassis.database import Database, TenantSession
from chassis.events import changes_of, now, touch
from chassis.fields import sent
from chassis.outbox import stage
from chassis.problems import Conflict, NotFound, Problem, Unauthenticated, invalid
from chassis.requests import check_version
from chassis.scope import SYSTEM
from chassis.sealing import Sealer
from services.auth.access_tokens import repository
from services.auth.access_tokens.events import TokenCreated, TokenEvent, TokenRevoked, TokenUpdated
from services.auth.access_tokens.models import AccessToken
from services.auth.access_tokens.schemas import ServiceTokenCreate, TokenCreate, TokenPatch
from services.auth.credentials.confirmation import Caller
from services.auth.mails.security import Happening, warn
from services.auth.sessions import service as sessions
from services.auth.users import repository as users
from services.auth.users.kinds import UserKind
from services.auth.users.models import User

MOST = 50  # tokens of a user that have not expired


class TooManyTokens(Conflict):
    code, title = "too-many-tokens", f"There are {MOST} access tokens already"


def _no_workspace() -> Problem:
    return invalid(
        "workspace_id", "There is no such workspace, or you are no member of it.", "not-found"
    )


CONSTRAINTS = {"access_token_workspace": _no_workspace}


async def create(
    session: TenantSession, caller: Caller, body: TokenCreate, *, mail: Sealer
) -> tuple[UUID, str]:
    """Make a token of one's own, and tell its owner by mail; its id and its text, which is not
    kept. Raises `TooManyTokens`."""
    user_id = caller.user_id
    user = await users.locked(session, user_id)
    if user is None or not user.is_active:
        raise Unauthenticated
    await sessions.check_going_on(session, caller.session_id)
    client = await sessions.client_of(session, caller.session_id)
    if body.workspace_id is not None and not await repository.is_member(
        session, body.workspace_id, user_id
    ):
        raise _no_workspace()
    issued = await issue(session, user, body, body.workspace_id)
    warn(session, mail, user, Happening.TOKEN_CREATED, client)
    return issued


async def issue(
    session: TenantSession, user: User, body: ServiceTokenCreate, workspace_id: UUID | None
) -> tuple[UUID, str]:
    """Make a token of a user who is locked; its id and its text. Raises `TooManyTokens`."""
    if await repository.count_live(session, user.id) >= MOST:
        raise TooManyTokens("Revoke one that is not needed any more.")
    text, time = new_token(), now()
    token = AccessToken(
        id=uuid7(),
        workspace_id=workspace_id,
        version=1,
        created_at=time,
        updated_at=time,
        user_id=user.id,
        name=body.name,
        scopes=[scope.value for scope in body.scopes],
        token_hash=digest(text),
        expires_at=body.expires_at,
    )
    session.add(token)
    await session.flush()
    await _stage(session, TokenCreated, token)
    return token.id, text


async def update(
    session: TenantSession, user_id: UUID, token_id: UUID, body: TokenPatch, version: int | None
) -> None:
    """Rename one of one's own tokens."""
    token = await _locked(session, user_id, token_id)
    check_version(token.version, version)
    for name, value in sent(body).items():
        setattr(token, name, value)
    if changes := changes_of(token):
        touch(token)
        await _stage(session, TokenUpdated, token, changes=changes)


async def revoke(
    session: TenantSession, user_id: UUID, token_id: UUID, version: int | None = None
) -> None:
    """End one of a user's tokens for good. Raises `NotFound` when they have none such."""
    token = await _locked(session, user_id, token_id)
    check_version(token.version, version)
    await _revoke(session, token)


async def revoke_all(session: TenantSession, user_id: UUID) -> None:
    """End every token of a user; in a workspace's session, those that open it alone."""
    for token in await repository.lock_of_user(session, user_id):
        await _revoke(session, token)


async def revoke_all_of_workspace(session: TenantSession, workspace_id: UUID) -> None:
    """End every token, whoever's, that opens this workspace alone."""
    for token in await repository.lock_of_workspace(session, workspace_id):
        await _revoke(session, token)


async def forget(database: Database) -> None:
    """Drop the tokens that expired long ago."""
    async with database.session(SYSTEM) as session:
        await repository.forget(session)


async def _revoke(session: TenantSession, token: AccessToken) -> None:
    touch(token)
    await _stage(session, TokenRevoked, token)
    await session.flush()
    await session.delete(token)


async def _stage(
    session: TenantSession, event: type[TokenEvent], token: AccessToken, **facts: object
) -> None:
    user = await session.get_one(User, token.user_id)
    owner = token.workspace_id if user.kind == UserKind.SERVICE else None
    stage(session, event.of(token, workspace_id=owner, limited_to=token.workspace_id, **facts))


async def _locked(session: TenantSession, user_id: UUID, token_id: UUID) -> AccessToken:
    token = await repository.lock(session, user_id, token_id)
    if token is None:
        raise NotFound("There is no such access token.")
    return token
