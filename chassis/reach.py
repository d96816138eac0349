"""What of a workspace a member reaches who is restricted to location subtrees.

A reach is the roots of these subtrees, None without a restriction. What stands outside is not
there: absent from lists, and in the same words as an unknown id wherever one is given. A subtree is
judged as it is now, so that what is moved is reached where it stands. Callers without a restriction
pay no statement and no join for any of this.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from fastapi import Request, Response

from chassis.database import Source
from chassis.identity import Identity
from chassis.pages import Where
from chassis.problems import NotFound
from chassis.requests import database_of, identity_of
from chassis.scope import Scope
from chassis.trees import subtrees
from chassis.unit_of_work import Handler, UnitOfWork

Reach = frozenset[UUID] | None


async def limit(
    source: Source, where: Where, workspace_id: UUID, reach: Reach, tree: str, condition: str
) -> None:
    """Add `condition`, in which each `{}` stands for the array of the locations of the table `tree`
    within `reach`; nothing without a restriction."""
    if reach is not None:
        # Looked up ahead: a plan for few places and one for most of them are not the same.
        rows = await source.rows(subtrees(tree, "$1", "$2"), workspace_id, list(reach))
        where.add(condition, [id_ for (id_,) in rows])


async def reaches(
    source: Source, workspace_id: UUID, reach: Reach, tree: str, location_id: UUID | None
) -> bool:
    """Whether a location of the table `tree` lies within `reach`, an unknown one never; everything
    does without a restriction."""
    if reach is None:
        return True
    if location_id is None:
        return False
    sql = f"SELECT $2::uuid IN ({subtrees(tree, '$1', '$3')})"
    [(within,)] = await source.rows(sql, workspace_id, location_id, list(reach))
    return bool(within)


@dataclass(frozen=True, slots=True)
class Standing:
    """Things that stand somewhere: `what` problems call one, and SQL for the location of the one
    with the id `$2` in the workspace `$1`."""

    what: str
    location: str


class WithinReach(UnitOfWork):
    """The route class of routers whose paths name things that stand somewhere: out of the caller's
    reach they are answered as if they did not exist, whatever is asked. A subclass names its
    `things` by the paths' parameters, and its `tree`, the table of locations."""

    tree: ClassVar[str]
    things: ClassVar[Mapping[str, Standing]]

    def around(self, handler: Handler) -> Handler:
        inner = super().around(handler)

        async def handle(request: Request) -> Response:
            # No dependency: FastAPI would take 20 µs to find that nobody is restricted.
            if identity_of(request).locations is not None:
                await self._check(request)
            return await inner(request)

        return handle

    async def _check(self, request: Request) -> None:
        who = identity_of(request)
        reader = database_of(request).reader.within(Scope(workspace_id=who.workspace_id))
        for name, thing in self.things.items():
            given = request.path_params.get(name)
            if given is not None and not await self._is_within(reader, who, thing, given):
                raise NotFound(f"There is no such {thing.what} in this workspace.")

    async def _is_within(self, source: Source, who: Identity, thing: Standing, given: str) -> bool:
        try:
            id_ = UUID(given)
        except ValueError:
            return False
        sql = f"SELECT ({thing.location}) IN ({subtrees(self.tree, '$1', '$3')})"
        [(within,)] = await source.rows(sql, who.workspace_id, id_, list(who.locations or ()))
        return bool(within)
