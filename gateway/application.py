"""The gateway as an ASGI application: who asks, may they come in, who answers.

A request passes: own page or route → token → revoked sessions → role in the workspace → signed
identity → service. Every refusal is a problem document.
"""

from collections.abc import Mapping

from starlette.types import Receive, Scope, Send

from chassis import context
from chassis.logging import get_logger
from chassis.problems import Problem, Unauthenticated
from gateway import measures
from gateway.addresses import Addresses
from gateway.approvals import Approvals
from gateway.callers import Admitted
from gateway.cors import Cors
from gateway.entrance import Entrance
from gateway.headers import RequestHead, read_request_head
from gateway.hosts import Hosts
from gateway.limits import RateLimits, key_of
from gateway.pages import Pages
from gateway.proxy import Outgoing, Proxy
from gateway.responses import Clock, Fields, own_fields, send_allow, send_problem
from gateway.routing import RateClass, Route, Routes, ServiceName
from gateway.upstream import Upstream

EVERY_METHOD = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"

log = get_logger(__name__)


class Gateway:
    """Everything it needs is handed in by `app.py`."""

    def __init__(
        self,
        *,
        pages: Pages,
        entrance: Entrance,
        addresses: Addresses,
        hosts: Hosts,
        cors: Cors,
        always: Fields,
        limits: RateLimits,
        approvals: Approvals,
        routes: Routes,
        upstreams: Mapping[ServiceName, Upstream],
        proxy: Proxy,
    ) -> None:
        self._pages = pages
        self._entrance = entrance
        self._addresses = addresses
        self._hosts = hosts
        self._cors = cors
        self._always = always
        self._limits = limits
        self._approvals = approvals
        self._routes = routes
        self._upstreams = upstreams
        self._proxy = proxy
        self._clock = Clock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        head = read_request_head(scope["headers"])
        context.enter(context.Context("", head.request_id, head.traceparent))
        fields = own_fields(self._clock, head.request_id, head.traceparent, self._always)
        if self._cors.on:
            fields += self._cors.fields(head.origin)
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
        self._hosts.check(head.host, scope["http_version"])
        method: str = scope["method"]
        if method == "OPTIONS":
            allowed = EVERY_METHOD if path == b"*" else self._routes.allowed(path)
            if self._cors.on:
                fields += self._cors.preflight(head.origin, allowed)
            await send_allow(send, allowed, fields)
            return
        route = self._routes.resolve(method, path)
        admitted = await self._admit(route, head, scope, fields)
        if self._approvals.concern(route, method, path, admitted.membership):
            await self._approvals.answer(route, admitted, scope, head, fields, receive, send)
            return
        query: bytes = scope["query_string"]
        await self._proxy.forward(
            self._upstreams[route.service],
            Outgoing(
                method,
                b"%b?%b" % (path, query) if query else path,
                head,
                admitted.identity,
                route,
            ),
            fields,
            receive,
            send,
            answered=self._entrance.after(route, method, path, admitted),
        )

    async def _admit(
        self, route: Route, head: RequestHead, scope: Scope, fields: Fields
    ) -> Admitted:
        """Whoever asks, if they may come in and have not asked too much. Bad credentials count
        against their address; what a caller may not do counts as well."""
        client = scope.get("client")
        address: str = client[0] if client else ""
        if head.forwarded_for:
            address = self._addresses.client(address, head.forwarded_for)
        if route.public:
            # Before anything is made of it.
            self._limits.count(route.rate, key_of(None, address), fields)
            return await self._entrance.admit_anybody(route, head.authorization, address)
        try:
            caller = await self._entrance.caller(head.authorization)
        except Unauthenticated:
            if head.authorization:
                self._limits.count(RateClass.LOGIN, key_of(None, address), fields)
            raise
        self._limits.count(route.rate, key_of(caller, address), fields)
        return await self._entrance.admit(route, scope["method"], scope["raw_path"], caller)


async def _refuse(
    send: Send, problem: Problem, scope: Scope, head: RequestHead, fields: Fields
) -> None:
    measures.REQUESTS.count("gateway", problem.status)
    await send_problem(send, problem, fields, instance=scope["path"], request_id=head.request_id)
