"""Nodes of trees by the names that people have for them: `House / Garage / Shelf 2`, a lone name,
or an own identifier; many at once, and made where they are missing."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from chassis import trees
from chassis.bulk import State, Table
from chassis.database import TenantSession
from chassis.events import Event
from chassis.outbox import stage_state
from chassis.statements import Statement
from chassis.trees import MAX_DEPTH

SEPARATOR = "/"
MOST_CHARACTERS = 200  # of a name
_BETWEEN = "\x1f"  # the parts of a path, on their way to PostgreSQL; no name has it

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Node:
    id: UUID
    is_archived: bool


@dataclass(slots=True)
class Resolved:
    """`found`: the nodes that references stand for; `wrong`: why others stand for none; `made`: the
    paths of those that were made for it."""

    found: dict[str, Node] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)


def path_of(reference: str) -> Path:
    """The names in a path, without their outer blanks."""
    return tuple(part.strip() for part in reference.split(SEPARATOR) if part.strip())


def folded(path: Path) -> str:
    """A path as it is compared: whatever the case."""
    return SEPARATOR.join(part.lower() for part in path)


class Tree:
    """The tree in a table. `what` it is called in messages, one and several; `created` tells of a
    new node."""

    def __init__(
        self,
        table: Table,
        what: tuple[str, str],
        created: type[Event],
    ) -> None:
        self.table = table
        self.one, self.several = what
        self._created = created
        name = table.name
        self._named = Statement(
            f"""
            SELECT r.ordinality, t.id, t.is_archived, true FROM {{rows}}
            JOIN {name} t ON t.workspace_id = r.workspace_id AND t.external_id = r.name
            UNION ALL
            SELECT r.ordinality, t.id, t.is_archived, false FROM {{rows}}
            JOIN {name} t ON t.workspace_id = r.workspace_id AND lower(t.name) = lower(r.name)
            """,
            {"workspace_id": "uuid", "name": "text"},
        )
        self._walk = Statement(
            f"""
            WITH RECURSIVE wanted AS (
                SELECT r.ordinality AS number, r.workspace_id,
                       string_to_array(r.path, E'\\x1f') AS parts
                FROM {{rows}}
            ), down AS (
                SELECT w.number, w.workspace_id, w.parts, 1 AS depth, t.id, t.is_archived
                FROM wanted w JOIN {name} t ON t.workspace_id = w.workspace_id
                    AND t.parent_id IS NULL AND lower(t.name) = lower(w.parts[1])
                UNION ALL
                SELECT d.number, d.workspace_id, d.parts, d.depth + 1, t.id, t.is_archived
                FROM down d JOIN {name} t ON t.workspace_id = d.workspace_id
                    AND t.parent_id = d.id AND lower(t.name) = lower(d.parts[d.depth + 1])
            )
            SELECT number, depth, id, is_archived FROM down
            """,
            {"workspace_id": "uuid", "path": "text"},
        )

    async def resolve(
        self, session: TenantSession, references: Iterable[str], may_make: Callable[[str], bool]
    ) -> Resolved:
        """What each of `references` stands for: an own identifier, a path from the top, or a name
        that only one node has. Those that `may_make` says are made as far as they are missing."""
        wanted = list(dict.fromkeys(references))
        resolved = Resolved()
        if not wanted:
            return resolved
        nodes = await self._walked(session, map(path_of, wanted))
        await self._look_up(session, wanted, nodes, resolved)
        to_make = []
        for reference in wanted:
            if reference in resolved.found or reference in resolved.wrong:
                continue
            if may_make(reference):
                to_make.append(reference)
            else:
                resolved.wrong[reference] = f"There is no {self.one} {reference!r} here."
        if to_make:
            await self._make_all(session, to_make, resolved)
        return resolved

    async def levels(
        self, session: TenantSession, ids: Collection[UUID]
    ) -> dict[UUID, tuple[int, bool]]:
        """How deep each of `ids` is, from 1 at the top, and whether it is archived."""
        if not ids:
            return {}
        rows = await session.rows(
            f"""
            WITH RECURSIVE up AS (
                SELECT t.id AS node, t.parent_id, t.is_archived, 1 AS depth
                FROM {self.table.name} t WHERE t.workspace_id = $1 AND t.id = ANY ($2)
                UNION ALL
                SELECT up.node, t.parent_id, up.is_archived, up.depth + 1
                FROM {self.table.name} t JOIN up ON t.id = up.parent_id
                WHERE t.workspace_id = $1 AND up.depth <= {MAX_DEPTH}
            )
            SELECT node, max(depth), bool_or(is_archived) FROM up GROUP BY node
            """,
            session.workspace_id,
            list(ids),
        )
        return {id_: (depth, archived) for id_, depth, archived in rows}

    async def _look_up(
        self,
        session: TenantSession,
        references: list[str],
        nodes: Mapping[str, Node],
        resolved: Resolved,
    ) -> None:
        rows = [{"workspace_id": session.workspace_id, "name": one} for one in references]
        by_id: dict[str, Node] = {}
        by_name: dict[str, set[Node]] = {}
        for ordinality, id_, archived, is_own in await self._named.execute(session, rows):
            reference = references[ordinality - 1]
            if is_own:
                by_id[reference] = Node(id_, archived)
            else:
                by_name.setdefault(reference, set()).add(Node(id_, archived))
        for reference in references:
            named = by_name.get(reference, set())
            node = by_id.get(reference) or nodes.get(folded(path_of(reference)))
            if node is None and len(named) == 1:
                [node] = named
            if node is not None:
                resolved.found[reference] = node
            elif named:
                resolved.wrong[reference] = (
                    f"Several {self.several} are called {reference!r}; write the whole path."
                )

    async def _walked(self, session: TenantSession, paths: Iterable[Path]) -> dict[str, Node]:
        """The nodes on the way down `paths`, by their own paths."""
        wanted = [path for path in paths if path]
        rows = [
            {"workspace_id": session.workspace_id, "path": _BETWEEN.join(path)} for path in wanted
        ]
        found = await self._walk.execute(session, rows) if rows else []
        return {
            folded(wanted[number - 1][:depth]): Node(id_, archived)
            for number, depth, id_, archived in found
        }

    async def _make_all(
        self, session: TenantSession, references: list[str], resolved: Resolved
    ) -> None:
        await trees.hold(session, self.table.name)
        # Somebody else may have made them before the tree was held.
        nodes = await self._walked(session, map(path_of, references))
        states = [
            state
            for reference in references
            for state in self._make(session.workspace_id, reference, nodes, resolved)
        ]
        await self.table.insert(session, states)
        for state in states:
            stage_state(session, self._created, state)

    def _make(
        self, workspace_id: UUID, reference: str, nodes: dict[str, Node], resolved: Resolved
    ) -> list[State]:
        """The nodes that are missing on the way down a path, which `nodes` have from now on."""
        path = path_of(reference)
        if not path or len(path) > MAX_DEPTH or max(map(len, path)) > MOST_CHARACTERS:
            resolved.wrong[reference] = (
                f"Write a path of at most {MAX_DEPTH} names, each of 1 to {MOST_CHARACTERS} "
                f"characters, with {SEPARATOR} between them."
            )
            return []
        states: list[State] = []
        parent: Node | None = None
        for depth in range(1, len(path) + 1):
            here = folded(path[:depth])
            if here not in nodes:
                if parent is not None and parent.is_archived:
                    archived = f" {SEPARATOR} ".join(path[: depth - 1])
                    resolved.wrong[reference] = (
                        f"The {self.one} {archived!r} is archived; restore it first."
                    )
                    return []
                state = self.table.new(
                    workspace_id,
                    {
                        "name": path[depth - 1],
                        "parent_id": parent and parent.id,
                        "is_archived": False,
                    },
                )
                nodes[here] = Node(state["id"], is_archived=False)
                states.append(state)
                resolved.made.append(here)
            parent = nodes[here]
        assert parent is not None  # noqa: S101 - a path has a name in it
        resolved.found[reference] = parent
        return states
