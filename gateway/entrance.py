"""Who may come in, and as whom: token → revoked sessions → membership → signed identity."""

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from chassis.problems import Problem
from gateway.access_tokens import AccessTokens
from gateway.callers import Admitted, Caller
from gateway.headers import bearer_token
from gateway.identity_headers import IdentityHeaders
from gateway.memberships import Memberships
from gateway.problems import SessionRevoked
from gateway.revocations import RevokedSessions
from gateway.routing import Route, ServiceName

SESSIONS = b"/v1/me/sessions/"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Entrance:
    """Everything it needs is handed in by `app.py`."""

    def __init__(
        self,
        *,
        tokens: AccessTokens,
        revoked: RevokedSessions,
        memberships: Memberships,
        identities: IdentityHeaders,
    ) -> None:
        self._tokens = tokens
        self._revoked = revoked
        self._memberships = memberships
        self._identities = identities

    async def admit(self, route: Route, authorization: bytes | None, address: str) -> Admitted:
        """Whoever sent these credentials from this address to this route; raises the `Problem`
        that keeps them out."""
        if route.public:
            return await self._admit_anybody(route, authorization, address)
        caller = await self._caller(authorization)
        workspace = route.workspace
        if workspace is None:
            return Admitted(self._identities.of_user(caller), caller)
        membership = self._memberships.known(workspace, caller.user)
        if membership is None:
            membership = await self._memberships.of(workspace, caller.user)
        identity = self._identities.of_user(caller, workspace, membership)
        return Admitted(identity, caller, membership)

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
        if path.startswith(SESSIONS):
            session = path.removeprefix(SESSIONS).decode("ascii").lower()
            return lambda status: self._revoke(session) if status < 300 else None
        if admitted.caller is not None:
            # Signing out, another password: auth knows which sessions that ended.
            return lambda _status: self._revoked.reload()
        return None

    def _revoke(self, session: str) -> None:
        with suppress(ValueError):
            self._revoked.add(str(UUID(session)))

    async def _caller(self, authorization: bytes | None) -> Caller:
        """Who the access token speaks for, while its session lasts."""
        token = bearer_token(authorization)
        caller = self._tokens.known(token) or await self._tokens.verify(token)
        if caller.session in self._revoked:
            raise SessionRevoked("This session was ended.")
        return caller

    async def _admit_anybody(
        self, route: Route, authorization: bytes | None, address: str
    ) -> Admitted:
        if route.heeds_token and authorization:
            with suppress(Problem):
                caller = await self._caller(authorization)
                return Admitted(self._identities.of_user(caller), caller)
        return Admitted(self._identities.at_address(address))
