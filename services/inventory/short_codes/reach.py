"""A code in a path is there for who reaches what it is on."""

from fastapi import Request

from chassis.problems import NotFound
from chassis.requests import database_of, identity_of
from chassis.scope import Scope
from services.inventory.reach import Route
from services.inventory.short_codes import repository


class CodeRoute(Route):
    """A unit of work on a short code."""

    async def _check(self, request: Request) -> None:
        await super()._check(request)
        typed = request.path_params.get("short_code")
        who = identity_of(request)
        if typed is None or who.workspace_id is None:
            return
        reader = database_of(request).reader.within(Scope(workspace_id=who.workspace_id))
        if not await repository.get(reader, who.workspace_id, typed, who.locations):
            raise NotFound("There is no such short code in this workspace.")
