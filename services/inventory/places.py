"""Where a thing may stand: a location in use and, if given, a container in use within it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from chassis.database import TenantSession
from chassis.problems import Conflict, Invalid, invalid
from chassis.reach import Reach
from chassis.trees import subtrees
from services.inventory.reach import TREE


@dataclass(frozen=True, slots=True)
class Places:
    """Locations, with whether they are archived, and containers, with that and where they stand, as
    they stay until the transaction ends. `reached` are the locations within the caller's reach,
    None for all."""

    locations: Mapping[UUID, bool]
    containers: Mapping[UUID, tuple[bool, UUID]]
    reached: frozenset[UUID] | None = None

    def reaches(self, location_id: UUID) -> bool:
        return self.reached is None or location_id in self.reached

    def check(self, location_id: UUID, container_id: UUID | None = None) -> None:
        """Raise `Invalid` unless the place is one to put things in."""
        if location_id not in self.locations or not self.reaches(location_id):
            raise invalid("location_id", "There is no such location here.", "not-found")
        if self.locations[location_id]:
            raise invalid("location_id", "This location is archived; restore it first.", "archived")
        if container_id is None:
            return
        archived, stands_at = self.containers.get(container_id, (False, None))
        if stands_at is None or not self.reaches(stands_at):
            raise invalid("container_id", "There is no such container here.", "not-found")
        if stands_at != location_id:
            raise invalid("container_id", "This container stands in another location.", "elsewhere")
        if archived:
            raise invalid(
                "container_id", "This container is archived; restore it first.", "archived"
            )

    def check_for_return(self, location_id: UUID, container_id: UUID | None = None) -> None:
        """As `check`, for what is to be in use again where it stood: raises `Conflict`, since the
        request named no place."""
        try:
            Places(self.locations, self.containers).check(location_id, container_id)
        except Invalid as problem:
            raise Conflict(problem.detail) from problem


async def hold(
    session: TenantSession,
    location_ids: Collection[UUID],
    container_ids: Collection[UUID],
    *,
    within: Reach,
) -> Places:
    """Places, held in the order of their ids: they stay in use, and containers where they are,
    until this transaction ends. For one who reaches no more than what is `within`."""
    locations: dict[UUID, bool] = {}
    if location_ids:
        found = await session.rows(
            """
            SELECT id, is_archived FROM locations
            WHERE workspace_id = $1 AND id = ANY ($2) ORDER BY id FOR SHARE
            """,
            session.workspace_id,
            list(location_ids),
        )
        locations = dict(found)
    reached: frozenset[UUID] | None = None
    if within is not None:
        below = subtrees(TREE, "$1", "$2")
        found = await session.rows(below, session.workspace_id, list(within))
        reached = frozenset(id_ for (id_,) in found)
    containers: dict[UUID, tuple[bool, UUID]] = {}
    if container_ids:
        found = await session.rows(
            """
            SELECT id, is_archived, location_id FROM containers
            WHERE workspace_id = $1 AND id = ANY ($2) ORDER BY id FOR SHARE
            """,
            session.workspace_id,
            list(container_ids),
        )
        containers = {id_: (archived, stands_at) for id_, archived, stands_at in found}
    return Places(locations, containers, reached)


async def check(
    session: TenantSession, location_id: UUID, container_id: UUID | None = None, *, within: Reach
) -> None:
    """Raise `Invalid` unless the place is one to put things in, for one who reaches no more than
    what is `within`. It stays so, and the container stays where it is, until this transaction
    ends."""
    containers = [] if container_id is None else [container_id]
    places = await hold(session, [location_id], containers, within=within)
    places.check(location_id, container_id)


async def check_for_return(
    session: TenantSession, location_id: UUID, container_id: UUID | None = None
) -> None:
    """As `check`, for what is to be in use again where it stood: raises `Conflict`, since the
    request named no place."""
    containers = [] if container_id is None else [container_id]
    places = await hold(session, [location_id], containers, within=None)
    places.check_for_return(location_id, container_id)
