"""Who may come in, and as whom: token → revoked sessions → membership → signed identity."""

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from chassis.access_tokens import PREFIX
from chassis.problems import Forbidden, NotFound, Problem
from gateway.access_tokens import AccessTokens
from gateway.callers import Admitted, Caller
from gateway.headers import bearer_token
from gateway.identity_headers import IdentityHeaders
from gateway.memberships import Memberships
from gateway.personal_tokens import PersonalTokens
from gateway.problems import SessionRevoked
from gateway.revocations import RevokedSessions
from gateway.routing import NO_WORKSPACE, Route, ServiceName

# What a token that is good for one workspace alone may read outside of it: whose it is, and that
# workspace, to which auth cuts the list.
BEYOND = frozenset({b"/v1/me", b"/v1/workspaces"})
# Names no workspace, and is answered out of that one alone for such a token.
RESOLVING = b"/v1/r/"
# What begins or goes on, and takes nothing away.
BEGINNINGS = frozenset({b"/v1/auth/register", b"/v1/auth/login", b"/v1/auth/refresh"})
SESSION = b"/v1/me/sessions/"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Entrance:
    """Everything it needs is handed in by `app.py`."""

    def __init__(
        self,
        *,
        tokens: AccessTokens,
        personal: PersonalTokens,
        revoked: RevokedSessions,
        memberships: Memberships,
        identities: IdentityHeaders,
    ) -> None:
        self._tokens = tokens
        self._personal = personal
        self._revoked = revoked
        self._memberships = memberships
        self._identities = identities

    async def admit(self, route: Route, method: str, path: bytes, caller: Caller) -> Admitted:
        """A caller to this route, which is not public; raises the `Problem` that keeps them out."""
        workspace = route.workspace
        if caller.workspace is not None and caller.workspace != workspace:
            if workspace is None and path.startswith(RESOLVING):
                workspace = caller.workspace
            else:
                _keep_within(workspace, method, path)
        if workspace is None:
            return self._identities.of_user(caller)
        membership = self._memberships.known(workspace, caller.user)
        if membership is None:
            membership = await self._memberships.of(workspace, caller.user)
        return self._identities.of_user(caller, workspace, membership)

    def after(
        self, route: Route, method: str, path: bytes, admitted: Admitted
    ) -> Callable[[int], None] | None:
        """What to do, told the status, before a change in auth is confirmed: this replica need not
        wait for the event that tells the others."""
        if route.service is not ServiceName.AUTH or method in SAFE_METHODS:
            return None
        if route.workspace is not None:
            workspace = route.workspace
            return lambda _status: self._memberships.forget_workspace(workspace)
        if path in BEGINNINGS:
            return None
        user = admitted.caller.user if admitted.caller is not None else None
        return lambda status: self._changed(user, path) if status < 400 else None

    def _changed(self, user: str | None, path: bytes) -> None:
        """Somebody changed something of their own: a session or a token ended, a workspace left."""
        if path.startswith(SESSION):
            with suppress(ValueError):
                self._revoked.add(str(UUID(path.removeprefix(SESSION).decode("ascii"))))
        self._revoked.reload()  # signing out and another password end what only auth knows
        if user is not None:
            self._personal.forget_user(user)
            self._memberships.forget_user(user)

    async def caller(self, authorization: bytes | None) -> Caller:
        """Who the access token speaks for, while its session lasts; raises `Unauthenticated` for
        one that is not good, `Unavailable` while nobody can tell."""
        token = bearer_token(authorization)
        if token.startswith(PREFIX):
            return await self._personal.verify(token)
        caller = self._tokens.known(token) or await self._tokens.verify(token)
        if caller.session in self._revoked:
            raise SessionRevoked("This session was ended.")
        return caller

    async def admit_anybody(
        self, route: Route, authorization: bytes | None, address: str
    ) -> Admitted:
        """Whoever sent these credentials, good or not, from this address to a public route."""
        if route.heeds_token and authorization:
            with suppress(Problem):
                return self._identities.of_user(await self.caller(authorization))
        return Admitted(self._identities.at_address(address))


def _keep_within(workspace: str | None, method: str, path: bytes) -> None:
    """Hold a token to the one workspace that it is good for: any other is not there for it."""
    if workspace is not None:
        raise NotFound(NO_WORKSPACE)
    if path not in BEYOND or method not in SAFE_METHODS:
        raise Forbidden(
            "This access token is good for one workspace alone; use one that is not, or sign in."
        )
