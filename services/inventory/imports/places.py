"""Where rows say that things are: locations by their path, containers by their name there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from chassis import trees
from chassis.bulk import State, Table
from chassis.database import TenantSession
from chassis.importing import Making, Outcome
from chassis.imports import ImportRow
from chassis.outbox import stage_state
from chassis.statements import Statement
from chassis.tree_paths import MOST_CHARACTERS, Node, Tree, folded, path_of
from chassis.tree_rows import TreeRows
from services.inventory.containers.events import ContainerCreated
from services.inventory.containers.models import Container
from services.inventory.locations.events import LocationCreated, LocationMoved, LocationUpdated
from services.inventory.locations.models import Location
from services.inventory.locations.schemas import LocationCreate, LocationPatch
from services.inventory.movements.service import Place

LOCATIONS = Tree(Table(Location), ("location", "locations"), LocationCreated)
LOCATION_ROWS = TreeRows(
    "locations",
    LOCATIONS,
    create=LocationCreate,
    patch=LocationPatch,
    created=LocationCreated,
    happened=lambda changes: LocationMoved if "parent_id" in changes else LocationUpdated,
)
CONTAINERS = Table(Container)
_FIND = Statement(
    """
    SELECT r.ordinality, c.id, c.is_archived FROM {rows} JOIN containers c
    ON c.workspace_id = r.workspace_id AND c.location_id = r.location_id
        AND (lower(c.name) = lower(r.name) OR c.external_id = r.name)
    """,
    {"workspace_id": "uuid", "location_id": "uuid", "name": "text"},
)

Box = tuple[str, str]  # a location as a row has it, and a container in it


@dataclass(slots=True)
class Places:
    """The places that rows name, locked against going elsewhere; and why others are none."""

    locations: Mapping[str, Node] = field(default_factory=dict)
    containers: dict[Box, Node] = field(default_factory=dict)
    wrong: dict[str | Box, str] = field(default_factory=dict)

    def of(self, row: ImportRow, outcome: Outcome) -> Place | None:
        """Where a row says that its thing is. None for one that says nothing, and for one that is
        refused for what it says."""
        location, container = row.fields.get("location"), row.fields.get("container")
        if not location:
            return None
        if location in self.wrong:
            outcome.refuse(row, "location", self.wrong[location])
            return None
        box = (location, container) if container else None
        if box is not None and box in self.wrong:
            outcome.refuse(row, "container", self.wrong[box])
            return None
        return Place(self.locations[location].id, self.containers[box].id if box else None)


async def resolve(
    session: TenantSession, rows: Iterable[ImportRow], making: Making, outcome: Outcome
) -> Places:
    """The places that rows name, made where they are missing and may be."""
    said = [row.fields for row in rows if row.fields.get("location")]
    boxes = {(one["location"], box): None for one in said if (box := one.get("container"))}
    resolved = await LOCATIONS.resolve(
        session, [one["location"] for one in said], making.may("locations")
    )
    for path in resolved.made:
        making.count(outcome, "locations", path)
    places = Places(resolved.found)
    places.wrong.update(resolved.wrong)
    await _lock_locations(session, places)
    await _resolve_containers(session, [*boxes], places, making, outcome)
    return places


async def _lock_locations(session: TenantSession, places: Places) -> None:
    """Locations in use, which stay so until this transaction ends."""
    rows = await session.rows(
        """
        SELECT id, is_archived FROM locations WHERE workspace_id = $1 AND id = ANY ($2)
        ORDER BY id FOR SHARE
        """,
        session.workspace_id,
        list({node.id for node in places.locations.values()}),
    )
    archived = dict(rows)
    for name, node in places.locations.items():
        if archived.get(node.id, True):
            places.wrong[name] = f"The location {name!r} is archived; restore it first."


async def _resolve_containers(
    session: TenantSession,
    boxes: Sequence[Box],
    places: Places,
    making: Making,
    outcome: Outcome,
) -> None:
    wanted = [box for box in boxes if box[0] in places.locations and box[0] not in places.wrong]
    if not wanted:
        return
    found = await _find(session, wanted, places)
    may_make = making.may("containers")
    if any(box not in found and may_make(_path(box)) for box in wanted):
        await trees.hold(session, CONTAINERS.name)
        found = await _find(session, wanted, places)  # somebody else may have made them
    fresh: dict[tuple[UUID, str], State] = {}
    for box in wanted:
        if box in found:
            _choose(box, found[box], places)
        elif not may_make(_path(box)):
            places.wrong[box] = f"There is no container {box[1]!r} in {box[0]!r}."
        elif len(box[1]) > MOST_CHARACTERS:
            places.wrong[box] = f"A container's name has {MOST_CHARACTERS} characters at most."
        else:
            here = (places.locations[box[0]].id, box[1].lower())
            if here not in fresh:
                fields = {"name": box[1], "location_id": here[0], "is_archived": False}
                fresh[here] = CONTAINERS.new(session.workspace_id, fields)
                making.count(outcome, "containers", _path(box))
            places.containers[box] = Node(fresh[here]["id"], is_archived=False)
    await CONTAINERS.insert(session, fresh.values())
    for state in fresh.values():
        stage_state(session, ContainerCreated, state)
    await _lock_containers(session, places)


def _choose(box: Box, found: Sequence[Node], places: Places) -> None:
    """The one container in use among those that are called so."""
    location, name = box
    in_use = [node for node in found if not node.is_archived]
    if len(in_use) == 1:
        places.containers[box] = in_use[0]
    elif in_use:
        places.wrong[box] = f"Several containers in {location!r} are called {name!r}."
    else:
        places.wrong[box] = f"The container {name!r} is archived; restore it first."


async def _find(
    session: TenantSession, boxes: Sequence[Box], places: Places
) -> dict[Box, list[Node]]:
    rows = [
        {
            "workspace_id": session.workspace_id,
            "location_id": places.locations[location].id,
            "name": name,
        }
        for location, name in boxes
    ]
    found: dict[Box, list[Node]] = {}
    for ordinality, id_, archived in await _FIND.execute(session, rows):
        found.setdefault(boxes[ordinality - 1], []).append(Node(id_, archived))
    return found


def _path(box: Box) -> str:
    location, name = box
    return folded((*path_of(location), name))


async def _lock_containers(session: TenantSession, places: Places) -> None:
    """Containers in use and where they were found, which stay so until this transaction ends."""
    rows = await session.rows(
        """
        SELECT id, location_id, is_archived FROM containers
        WHERE workspace_id = $1 AND id = ANY ($2) ORDER BY id FOR SHARE
        """,
        session.workspace_id,
        list({node.id for node in places.containers.values()}),
    )
    now = {id_: (location_id, archived) for id_, location_id, archived in rows}
    for box, node in places.containers.items():
        location, name = box
        if now.get(node.id) != (places.locations[location].id, False):
            places.wrong[box] = f"The container {name!r} went elsewhere meanwhile; try again."
