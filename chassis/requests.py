"""What routes ask of a request: the caller, their role in the workspace, the version they saw."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Query, Request

from chassis.database import Database, TenantSession
from chassis.fields import storable
from chassis.identity import AccessScope, Identity, MemberRole
from chassis.pages import Paging, paging
from chassis.problems import (
    Forbidden,
    InsufficientScope,
    NotFound,
    PreconditionFailed,
    Unauthenticated,
    invalid,
)
from chassis.reader import ScopedReader
from chassis.scope import Scope

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Restricted(Forbidden):
    code, title = "restricted", "You are restricted to certain locations"
    advice = (
        "This tells of the whole workspace; ask an admin, or read the locations, inventory and "
        "loans that you have access to."
    )


@dataclass(frozen=True, slots=True)
class Tenant:
    """A caller in a workspace, with the role the gateway found for them there."""

    workspace_id: UUID
    user_id: UUID
    role: MemberRole
    locations: frozenset[UUID] | None = None  # roots of the subtrees they are restricted to
    session_id: UUID | None = None  # None: they came with an access token

    @property
    def scope(self) -> Scope:
        return Scope(workspace_id=self.workspace_id)

    def require(self, role: MemberRole) -> None:
        """Raise `Forbidden` unless the caller's role allows what `role` may do."""
        if not self.role.allows(role):
            needed = role.value if role is MemberRole.OWNER else f"{role.value} or higher"
            raise Forbidden(
                f"This takes the role {needed}; yours here is {self.role.value}.",
                required_role=role.value,
            )


def identity_of(request: Request) -> Identity:
    """The verified identity of the request."""
    who: Identity = request.scope["state"]["identity"]
    return who


async def tenant_of(request: Request, workspace_id: UUID) -> Tenant:
    """The caller in the workspace of the path; a 404 for a workspace they are no member of."""
    who = identity_of(request)
    if who.user_id is None:
        raise Unauthenticated
    if who.workspace_id != workspace_id or who.role is None:
        raise NotFound("There is no such workspace, or you are no member of it.")
    return Tenant(workspace_id, who.user_id, who.role, who.locations, who.session_id)


def require_scope(who: Identity, needed: AccessScope) -> None:
    """Raise `Forbidden` unless the caller's credentials reach so far."""
    if not who.has_scope(needed):
        raise InsufficientScope(
            f"This takes the scope {needed.value}, which this access token lacks; use one that "
            "has it, or sign in.",
            required_scope=needed.value,
        )


async def viewer(request: Request, tenant: Annotated[Tenant, Depends(tenant_of)]) -> Tenant:
    safe = request.method in SAFE_METHODS
    require_scope(identity_of(request), AccessScope.READ if safe else AccessScope.WRITE)
    return tenant


async def overseer(request: Request, tenant: Annotated[Tenant, Depends(tenant_of)]) -> Tenant:
    """A viewer of what tells of the whole workspace: nobody who is restricted to places in it."""
    safe = request.method in SAFE_METHODS
    require_scope(identity_of(request), AccessScope.READ if safe else AccessScope.WRITE)
    if tenant.locations is not None:
        raise Restricted
    return tenant


async def member(request: Request, tenant: Annotated[Tenant, Depends(tenant_of)]) -> Tenant:
    safe = request.method in SAFE_METHODS
    require_scope(identity_of(request), AccessScope.READ if safe else AccessScope.WRITE)
    tenant.require(MemberRole.MEMBER)
    return tenant


async def admin(request: Request, tenant: Annotated[Tenant, Depends(tenant_of)]) -> Tenant:
    require_scope(identity_of(request), AccessScope.ADMIN)
    tenant.require(MemberRole.ADMIN)
    return tenant


async def owner(request: Request, tenant: Annotated[Tenant, Depends(tenant_of)]) -> Tenant:
    require_scope(identity_of(request), AccessScope.ADMIN)
    tenant.require(MemberRole.OWNER)
    return tenant


async def user_id_of(request: Request) -> UUID:
    """The user, on routes outside any workspace."""
    who = identity_of(request)
    if who.user_id is None:
        raise Unauthenticated
    safe = request.method in SAFE_METHODS
    require_scope(who, AccessScope.READ if safe else AccessScope.WRITE)
    return who.user_id


async def signed_in_user_id_of(request: Request) -> UUID:
    """The user in a session of their own: what guards an account is out of any token's reach."""
    who = identity_of(request)
    if who.user_id is None:
        raise Unauthenticated
    if who.session_id is None:
        raise InsufficientScope("No access token can do this: a person has to sign in.")
    return who.user_id


async def reader_of(request: Request) -> ScopedReader:
    """Reads in the scope of the request: its workspace, or the user's own rows."""
    who = identity_of(request)
    scope = Scope(workspace_id=who.workspace_id) if who.workspace_id else Scope(user_id=who.user_id)
    return database_of(request).reader.within(scope)


async def session_of(request: Request) -> TenantSession:
    """The transaction that `chassis.unit_of_work` opened for this request."""
    session: TenantSession = request.state.session
    return session


async def database_part(request: Request) -> Database:
    """The database itself, for routes that open their own transactions."""
    return database_of(request)


def database_of(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def if_match(
    value: Annotated[
        str | None,
        Header(alias="If-Match", description="The ETag you read; stale: 412"),
    ] = None,
) -> int | None:
    """The version in `If-Match` (RFC 9110 section 13.1.1); None when the client sent none."""
    if value is None or value.strip() == "*":
        return None
    tag = value.strip().strip('"')
    # A tag we never gave out matches no version.
    return int(tag) if tag.isascii() and tag.isdigit() and len(tag) < 10 else -1


def check_version(current: int, expected: int | None) -> None:
    """Raise `PreconditionFailed` when the client saw another version than the current one."""
    if expected is not None and expected != current:
        raise PreconditionFailed(
            "Read it again, look at what changed, and send your change with the new ETag.",
            current_version=current,
        )


async def search_text(
    q: Annotated[str | None, Query(max_length=200, description="Words to look for")] = None,
) -> str | None:
    """The `q` of lists."""
    if q is not None and not storable(q):
        raise invalid("q", "It has a character that can't be searched (NUL).")
    return q.strip() or None if q else None


Viewer = Annotated[Tenant, Depends(viewer)]
Overseer = Annotated[Tenant, Depends(overseer)]
Member = Annotated[Tenant, Depends(member)]
Admin = Annotated[Tenant, Depends(admin)]
Owner = Annotated[Tenant, Depends(owner)]
UserId = Annotated[UUID, Depends(user_id_of)]
SignedInUserId = Annotated[UUID, Depends(signed_in_user_id_of)]
Reading = Annotated[ScopedReader, Depends(reader_of)]
Writing = Annotated[TenantSession, Depends(session_of)]
DatabasePart = Annotated[Database, Depends(database_part)]
Page = Annotated[Paging, Depends(paging)]
ExpectedVersion = Annotated[int | None, Depends(if_match)]
SearchText = Annotated[str | None, Depends(search_text)]
