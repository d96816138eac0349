"""What is looked for in a workspace, and the conditions of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from chassis.pages import Where
from services.catalog.search.filters import Filters
from services.catalog.search.matching import exactly, matching
from services.catalog.search.query import Alike, Query, space_of
from services.catalog.search.samples import NOTHING, OFTEN, SEEN, Common

NEWEST = 200  # matches that are enough of what is common
_BY_WORDS = "{}::uuid IS NOT NULL"  # each has its workspace in it, and so has the view
_BESIDE_INDEX = "ts_match_vq(i.search, {}::text::tsquery)"  # the same as @@, which it would use


@dataclass(frozen=True)
class Search:
    """What is looked for, in a workspace: words, the marks of what they name, what they may stand
    for, and filters."""

    workspace_id: UUID
    query: Query | None
    filters: Filters
    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    alike: Mapping[str, Alike] | None = None
    common: Common = NOTHING
    often: int = OFTEN  # of a sample, from which on the index is not asked

    @property
    def space(self) -> str:
        return space_of(self.workspace_id)

    @property
    def is_indexed(self) -> bool:
        """Whether the index on words is the best way to what is looked for: it knows of some, and
        they are not so common that the items in their order soon have enough of it."""
        known = self.query is not None or bool(self.filters.lexemes(self.workspace_id))
        return known and (self.filters.has_others or self.common.together < self.often)

    def wanting(self, count: int) -> "Search":
        """The same, of which so many are wanted."""
        return replace(self, often=max(OFTEN * count // NEWEST, SEEN))

    def where(self) -> Where:
        """The conditions on an item `i` that matches."""
        where = Where()
        where.add(_BY_WORDS if self.is_indexed else "i.workspace_id = {}", self.workspace_id)
        if self.query is not None:
            of = (self.query, self.space, self.named, self.alike, self.common.words)
            if not self.is_indexed:
                where.add(_BESIDE_INDEX, matching(*of))
            elif self.common.terms:
                where.add("i.search @@ {}::text::tsquery", matching(*of, self.common.terms))
                where.add(_BESIDE_INDEX, matching(*of))
            else:
                where.add("i.search @@ {}::text::tsquery", matching(*of))
        # As its comment in the migration says.
        where.add("({}::boolean OR search_planned_anew(i.id))", True)
        self._narrow(where, "i.search @@ {}::text::tsquery" if self.is_indexed else _BESIDE_INDEX)
        return where

    def where_exact(self, where: Where) -> Where | None:
        """Those on an item that has a code or the name that was asked for, with the values of
        `where` and more; None where nothing was."""
        exact = exactly(self.query, self.space) if self.query else ""
        if not exact or (self.query and self.query.excluded):
            return None
        found = Where(values=where.values)
        found.add("i.search @@ {}::text::tsquery", exact)
        self._narrow(found, "i.search @@ {}::text::tsquery")
        return found

    def _narrow(self, where: Where, condition: str) -> None:
        if lexemes := self.filters.lexemes(self.workspace_id):
            where.add(condition, lexemes)
        self.filters.add_to(where)
