"""What of a workspace a member reaches who is restricted to location subtrees.

A reach is the roots of these subtrees, None without a restriction. What stands outside is not
there: absent from lists, and in the same words as an unknown id wherever one is given. A subtree is
judged as it is now, so that what is moved is reached where it stands. Callers without a restriction
pay no statement and no join for any of this.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from chassis.database import Source
from chassis.pages import Where
from chassis.problems import NotFound
from chassis.requests import SAFE_METHODS, Tenant, database_of, tenant_of
from chassis.trees import subtrees

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


class Guard:
    """A dependency of routers whose paths name things that stand somewhere: out of the caller's
    reach they are answered as if they did not exist, whatever is asked. `things` goes by the path's
    parameters; `tree` is the table of locations."""

    def __init__(self, tree: str, things: Mapping[str, Standing]) -> None:
        self._things = {
            name: (thing.what, f"SELECT ({thing.location}) IN ({subtrees(tree, '$1', '$3')})")
            for name, thing in things.items()
        }

    async def __call__(
        self, request: Request, tenant: Annotated[Tenant, Depends(tenant_of)]
    ) -> None:
        if tenant.locations is None:
            return
        source: Source = (
            database_of(request).reader.within(tenant.scope)
            if request.method in SAFE_METHODS
            else request.state.session
        )
        for name, (what, within) in self._things.items():
            given = request.path_params.get(name)
            if given is None:
                continue
            try:
                id_ = UUID(given)
            except ValueError:
                rows = []
            else:
                rows = await source.rows(within, tenant.workspace_id, id_, list(tenant.locations))
            if not rows or not rows[0][0]:
                raise NotFound(f"There is no such {what} in this workspace.")
