"""Approvals: a member's change is caught here, and carried out here once an admin approves it.

Where a membership says so, a request that would change the catalog, the inventory or the loans is
stored in auth, with the version that the member saw, and answered 202. `POST …/approve` is auth's
to allow; then the request goes to its service in the member's name, as they are by now, under the
approval's id, by which the service makes it once however often it arrives. What the service says
is reported to auth and told to the admin.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from starlette.types import Receive, Scope, Send
from uuid_utils import uuid7

from chassis.identity import Identity, IdentitySigner
from chassis.logging import get_logger
from chassis.problems import (
    MEDIA_TYPE,
    Forbidden,
    NotFound,
    Problem,
    RequestTimeout,
    Unavailable,
)
from gateway import waiting_bodies as waiting
from gateway.callers import Admitted, Membership
from gateway.entrance import SAFE_METHODS
from gateway.exchange import ClientGoneError
from gateway.headers import RequestHead
from gateway.internal_client import Answer, Call, InternalClient
from gateway.memberships import Memberships
from gateway.responses import Fields, send_bytes
from gateway.routing import Route, Routes, ServiceName
from gateway.upstream import Upstream

HELD = frozenset({ServiceName.CATALOG, ServiceName.INVENTORY, ServiceName.LOANS})
# Of an answer of auth, or of a service that has no such resource.
_PASSED = frozenset({b"allow", b"content-type", b"etag", b"location", b"retry-after"})
_SUBACTION = 7  # segments of /v1/workspaces/{id}/items/{id}/archive
# Answers that say nothing of the change itself: it is tried again when it is approved again.
_NO_OUTCOME = frozenset({401, 408, 429, 502, 503, 504})

log = get_logger(__name__)


class NoMember(Forbidden):
    code, title = "no-member", "Who asked for this change is no member any more"


class Approvals:
    """`timeout`: seconds that a service may take to answer."""

    def __init__(
        self,
        *,
        routes: Routes,
        client: InternalClient,
        upstreams: Mapping[ServiceName, Upstream],
        memberships: Memberships,
        signer: IdentitySigner,
        timeout: float,
    ) -> None:
        self._routes = routes
        self._client = client
        self._upstreams = upstreams
        self._memberships = memberships
        self._signer = signer
        self._timeout = timeout

    def concern(
        self, route: Route, method: str, path: bytes, membership: Membership | None
    ) -> bool:
        """Whether a request is to be answered here: a change that waits, or an approval."""
        if membership is None or method in SAFE_METHODS:
            return False
        if membership.approval and route.service in HELD and not route.personal:
            return True
        return route.service is ServiceName.AUTH and _is_approval(path)

    async def answer(
        self,
        route: Route,
        admitted: Admitted,
        scope: Scope,
        head: RequestHead,
        fields: Fields,
        receive: Receive,
        send: Send,
    ) -> None:
        """Answer a request that concerns approvals; raises the `Problem` that it has."""
        with suppress(ClientGoneError):
            if route.service is ServiceName.AUTH:
                answered = await self._approve(admitted, scope, head)
            else:
                answered = await self._store(route, admitted, scope, head, receive)
            own = [field for field in answered.headers if field[0] in _PASSED]
            await send_bytes(send, answered.status, answered.body, [*fields, *own])

    # A change comes in

    async def _store(
        self, route: Route, admitted: Admitted, scope: Scope, head: RequestHead, receive: Receive
    ) -> Answer:
        given = dict(scope["headers"])
        try:
            async with asyncio.timeout(self._timeout):
                body = await waiting.read(given.get(b"content-type", b""), head, receive)
        except TimeoutError as error:
            raise RequestTimeout from error
        seen = given.get(b"if-match", b"*")
        if seen.strip() == b"*":
            found = await self._resource(route, admitted, scope, head)
            if found is not None and found.status >= 400:
                return found
            seen = (found and found.field(b"etag")) or b"*"
        change = {
            "method": scope["method"],
            "path": scope["raw_path"].decode("ascii"),
            "query": scope["query_string"].decode("latin-1"),
            "body": body,
        }
        call = Call(
            "POST",
            b"/internal/approvals/%b" % str(route.workspace).encode("ascii"),
            admitted.identity,
            (
                # No part of the body, by which a repeated key is known for the same request.
                (b"if-match", seen),
                (b"idempotency-key", given.get(b"idempotency-key") or uuid7().hex.encode()),
            ),
            json.dumps(change).encode(),
        )
        return await self._make(ServiceName.AUTH, call, head)

    async def _resource(
        self, route: Route, admitted: Admitted, scope: Scope, head: RequestHead
    ) -> Answer | None:
        """What the change is of, as the member sees it; None where it makes something new, or can't
        be read."""
        path: bytes = scope["raw_path"]
        if scope["method"] == "POST":
            path, _, _ = path.rpartition(b"/")
            if path.count(b"/") < _SUBACTION - 2:
                return None
        try:
            self._routes.resolve("GET", path)
        except Problem:
            return None
        return await self._make(route.service, Call("GET", path, admitted.identity), head)

    # A change is approved

    async def _approve(self, admitted: Admitted, scope: Scope, head: RequestHead) -> Answer:
        # Without an Idempotency-Key: who repeats it wants to know what became of it.
        seen = tuple(field for field in scope["headers"] if field[0] == b"if-match")
        call = Call("POST", scope["raw_path"], admitted.identity, seen)
        approved = await self._make(ServiceName.AUTH, call, head)
        change = json.loads(approved.body) if approved.status == 200 else {}
        if change.get("status") != "approved":
            return approved
        outcome = await self._carry_out(change, head)
        if outcome is None:
            return approved._replace(status=202)
        call = Call(
            "POST",
            f"/internal/approvals/{change['workspace_id']}/{change['id']}/outcome".encode("ascii"),
            admitted.identity,
            body=json.dumps(
                {"status": outcome.status, "body": waiting.readable(outcome.body)}
            ).encode(),
        )
        return await self._make(ServiceName.AUTH, call, head)

    async def _carry_out(self, change: Mapping[str, Any], head: RequestHead) -> Answer | None:
        """Send an approved change to its service; None when that could not be tried."""
        workspace, user, path = change["workspace_id"], change["requested_by"], change["path"]
        try:
            route = self._routes.resolve(change["method"], path.encode("ascii"))
            # What they may do by now, whatever this replica has not heard yet.
            self._memberships.forget(workspace, user)
            membership = await self._memberships.of(workspace, user)
            call = _approved(change, self._sign(change, membership))
            answered = await self._make(route.service, call, head)
        except Unavailable as problem:
            log.warning("approval.not_tried", approval_id=change["id"], error=problem.detail)
            return None
        except NotFound:
            return _of(NoMember(), path, head)
        except Problem as problem:
            return _of(problem, path, head)
        return None if answered.status in _NO_OUTCOME else answered

    def _sign(self, change: Mapping[str, Any], membership: Membership) -> bytes:
        identity = Identity(
            user_id=UUID(change["requested_by"]),
            workspace_id=UUID(change["workspace_id"]),
            role=membership.role,
            locations=membership.locations,
            approval_id=UUID(change["id"]),
        )
        return self._signer.sign(identity).encode("ascii")

    async def _make(self, service: ServiceName, call: Call, head: RequestHead) -> Answer:
        return await self._client.make(self._upstreams[service], call, head, timeout=self._timeout)


def _is_approval(path: bytes) -> bool:
    segments = path.split(b"/")
    return len(segments) == _SUBACTION and segments[4::2] == [b"approvals", b"approve"]


def _approved(change: Mapping[str, Any], identity: bytes) -> Call:
    """The stored request, as it goes to its service."""
    target, query, seen, body = (change[name] for name in ("path", "query", "if_match", "body"))
    return Call(
        change["method"],
        (f"{target}?{query}" if query else target).encode("latin-1"),
        identity,
        ((b"if-match", seen.encode("latin-1")),) if seen else (),
        None if body is None else waiting.written(body),
    )


def _of(problem: Problem, path: str, head: RequestHead) -> Answer:
    content_type = (b"content-type", MEDIA_TYPE.encode())
    return Answer(problem.status, problem.body(path, head.request_id), [content_type])
