"""One transaction per changing request, committed before the answer leaves.

Routers of workspace resources are `APIRouter(route_class=UnitOfWork)`. A route that raises rolls
back; its answer, kept under the request's `Idempotency-Key` if it has one (or under the approval
that it carries out), commits with it.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError

from chassis.edge import SAFE_METHODS
from chassis.idempotency import PARAMETER, IdempotencyKey
from chassis.identity import Identity
from chassis.requests import database_of, identity_of
from chassis.scope import SYSTEM, Scope

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_TRIES = 4
_ROLLED_BACK = {"40001", "40P01"}  # serialisation failure, deadlock: PostgreSQL asks to try again


class UnitOfWork(APIRoute):
    """A route whose handler runs in one transaction, in the scope of the path's workspace."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:  # noqa: ANN401 - FastAPI's own
        if "POST" in (settings.get("methods") or ()):
            given = settings.get("openapi_extra") or {}
            settings["openapi_extra"] = {"parameters": [PARAMETER]} | given
        super().__init__(*arguments, **settings)

    def get_route_handler(self) -> Handler:
        return self.around(super().get_route_handler())

    def around(self, handler: Handler) -> Handler:
        """`handler` with what this class of routes adds to it."""

        async def handle(request: Request) -> Response:
            if request.method in SAFE_METHODS:
                return await handler(request)
            for attempt in range(1, _TRIES + 1):
                try:
                    return await _transact(request, handler)
                except DBAPIError as error:
                    state = getattr(error.orig, "sqlstate", None)
                    if state not in _ROLLED_BACK or attempt == _TRIES:
                        raise
                    await asyncio.sleep(0.01 * attempt)
            raise AssertionError("unreachable")

        return handle


async def _transact(request: Request, handler: Handler) -> Response:
    who = identity_of(request)
    key = None
    if request.method == "POST" or who.approval_id is not None:
        key = await IdempotencyKey.of(request, caller_of(who))
    async with database_of(request).session(scope_of(who), named="request") as session:
        request.state.session = session
        if key is not None:
            earlier = await key.claim(session)
            if earlier is not None and earlier.response is not None:
                return earlier.response
        response = await handler(request)
        if key is not None:
            await key.keep(session, response)
    return response


def scope_of(who: Identity) -> Scope:
    """The scope a request's transaction runs in: its workspace, or the user's own rows. Public
    routes, which have neither, belong to auth, whose tables are not a workspace's."""
    if who.workspace_id is not None:
        # Without the user: so consumers have it, too, and connections need not be told anew.
        return Scope(workspace_id=who.workspace_id)
    return Scope(user_id=who.user_id) if who.user_id else SYSTEM


def caller_of(who: Identity) -> str:
    """Who an idempotency key belongs to: the same key of another caller is another key, and so is
    that of another access token, which may reach less far."""
    caller = f"{who.user_id or 'anonymous'}:{who.workspace_id or '-'}"
    return caller if who.token_id is None else f"{caller}:{who.token_id}"
