"""The gateway as an ASGI application: who asks, may they come in, who answers.

A request passes: own page or route → token → revoked sessions → role in the workspace → signed
identity → service. Every refusal is a problem document.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress

from starlette.types import Receive, Scope, Send

from chassis import context
from chassis.logging import get_logger
from chassis.problems import MethodNotAllowed, Problem
from gateway.access_tokens import AccessTokens, Caller
from gateway.headers import RequestHead, bearer_token, read_request_head
from gateway.identity_headers import IdentityHeaders
from gateway.memberships import Memberships
from gateway.pages import Pages
from gateway.problems import SessionRevoked
from gateway.proxy import Outgoing, Proxy
from gateway.responses import Clock, Fields, own_fields, send_problem
from gateway.revocations import RevokedSessions
from gateway.routing import Route, ServiceName, resolve
from gateway.upstream import Upstream

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

log = get_logger(__name__)


class Gateway:
    """Everything it needs is handed in by `app.py`."""

    def __init__(
        self,
        *,
        pages: Pages,
        tokens: AccessTokens,
        revoked: RevokedSessions,
        memberships: Memberships,
        identities: IdentityHeaders,
        upstreams: Mapping[ServiceName, Upstream],
        proxy: Proxy,
    ) -> None:
        self._pages = pages
        self._tokens = tokens
        self._revoked = revoked
        self._memberships = memberships
        self._identities = identities
        self._upstreams = upstreams
        self._proxy = proxy
        self._clock = Clock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        head = read_request_head(scope["headers"])
        context.enter(context.Context("", head.request_id, head.traceparent))
        fields = own_fields(self._clock, head.request_id, head.traceparent)
        try:
            await self._answer(scope, head, fields, receive, send)
        except Problem as problem:
            await _refuse(send, problem, scope, head, fields)
        except Exception:
            log.exception("request.failed", method=scope["method"], path=scope["path"])
            await _refuse(send, Problem(), scope, head, fields)

    async def _answer(
        self, scope: Scope, head: RequestHead, fields: Fields, receive: Receive, send: Send
    ) -> None:
        path: bytes = scope["raw_path"]
        page = self._pages.get(path)
        if page is not None:
            await self._pages.answer(page, scope, fields, send)
            return
        method: str = scope["method"]
        if method not in METHODS:
            raise MethodNotAllowed(headers={"Allow": ", ".join(sorted(METHODS))})
        route = resolve(method, path)
        identity = await self._identity(route, head, scope)
        query: bytes = scope["query_string"]
        await self._proxy.forward(
            self._upstreams[route.service],
            Outgoing(method, b"%b?%b" % (path, query) if query else path, head, identity),
            fields,
            receive,
            send,
            answered=self._changes_members(route, method),
        )

    async def _identity(self, route: Route, head: RequestHead, scope: Scope) -> bytes:
        """The signed identity to send on; raises what keeps the caller out."""
        if route.public:
            return await self._public_identity(route, head, scope)
        caller = await self._caller(head)
        role = None
        if route.workspace is not None:
            role = self._memberships.known(
                route.workspace, caller.user
            ) or await self._memberships.role(route.workspace, caller.user)
        return self._identities.of_user(caller.user, caller.session, route.workspace, role)

    async def _caller(self, head: RequestHead) -> Caller:
        """Who the access token speaks for, while its session lasts."""
        token = bearer_token(head.authorization)
        caller = self._tokens.known(token) or await self._tokens.verify(token)
        if caller.session in self._revoked:
            raise SessionRevoked("This session was ended.")
        return caller

    async def _public_identity(self, route: Route, head: RequestHead, scope: Scope) -> bytes:
        if route.heeds_token and head.authorization:
            with suppress(Problem):
                caller = await self._caller(head)
                return self._identities.of_user(caller.user, caller.session)
        client = scope.get("client")
        return self._identities.at_address(client[0] if client else "")

    def _changes_members(self, route: Route, method: str) -> Callable[[int], None] | None:
        """What to do before a change of a workspace's members is confirmed: this replica need
        not wait for the event that tells the others."""
        workspace = route.workspace
        if route.service is not ServiceName.AUTH or workspace is None or method in SAFE_METHODS:
            return None
        return lambda _status: self._memberships.forget_workspace(workspace)


async def _refuse(
    send: Send, problem: Problem, scope: Scope, head: RequestHead, fields: Fields
) -> None:
    await send_problem(send, problem, fields, instance=scope["path"], request_id=head.request_id)
