"""What is looked for in a workspace, and the conditions of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from chassis.pages import Where
from services.catalog.search.cursors import Way
from services.catalog.search.filters import Filters
from services.catalog.search.matching import exactly, matching
from services.catalog.search.query import Alike, Query, space_of
from services.catalog.search.samples import ITEM, NOTHING, OFTEN, Common, crossing

MANY = 20_000  # entries in a place that are read rather than all items in their order
FEW = 1_000  # that are read rather than what has a word, the more so the more it has
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
    is_small: bool = False  # the workspace: all that matches is soon read
    often: int = OFTEN  # of a sample, from which on the index is not asked
    many: int = MANY
    kept: Way | None = None  # the way of the page before

    @property
    def space(self) -> str:
        return space_of(self.workspace_id)

    @property
    def has_place(self) -> bool:
        return self.filters.location_id is not None

    @property
    def way(self) -> Way:
        """The best one to what is looked for, or the one that was `kept`, if it is one at all."""
        has_words = self.query is not None or bool(self.filters.lexemes(self.workspace_id))
        if self.kept is not None:
            possible = {Way.IN_ORDER: True, Way.BY_PLACE: self.has_place}
            return self.kept if possible.get(self.kept, has_words) else Way.IN_ORDER
        if has_words and self.is_small:
            return Way.BY_ALL_WORDS
        rare = has_words and (self.filters.has_others or self.common.together < self.often)
        there = self.filters.at_place
        soon = min(FEW * (self.common.together + 1), self.many) if rare else self.many
        if there is not None and there <= soon:
            return Way.BY_PLACE
        return Way.BY_WORDS if rare else Way.IN_ORDER

    @property
    def is_gathered(self) -> bool:
        """Whether all that matches is read at once, and not items in their order until there is
        enough of it."""
        return self.way is not Way.IN_ORDER

    def in_some_order(self, count: int) -> "Search":
        """The same, of which the first are wanted: through the index, all that matches is read."""
        return replace(self, often=crossing(count, self.common.sample.size))

    def in_any_order(self, count: int) -> "Search":
        """The same, of which any are wanted: through the index, no more items than that."""
        return replace(self, often=crossing(count * ITEM, self.common.sample.size))

    def where(self, values: list[object] | None = None) -> Where:
        """The conditions on an item `i` that matches. `values`: of another `where`, to be in one
        statement with it."""
        where = Where(values=[] if values is None else values)
        by_words = self.way in {Way.BY_WORDS, Way.BY_ALL_WORDS}
        where.add(_BY_WORDS if by_words else "i.workspace_id = {}", self.workspace_id)
        in_index = "i.search @@ {}::text::tsquery" if by_words else _BESIDE_INDEX
        if self.query is not None:
            of = (self.query, self.space, self.named, self.alike, self.common.words)
            terms = self.common.terms if by_words else ()
            if not terms:
                where.add(in_index, matching(*of))
            else:
                # Where all is common but what a filter names, the index is asked for that alone.
                if others := matching(*of, terms):
                    where.add(in_index, others)
                where.add(_BESIDE_INDEX, matching(*of))
        # As its comment in the migration says.
        where.add("({}::boolean OR search_planned_anew(i.id))", True)
        self._narrow(where, in_index)
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

    def where_unseen(self, where: Where) -> Where | None:
        """Those on an item that has at least what may be mistyped, with the values of `where` and
        more; None where nothing seems to be."""
        if self.query is None or self.common.unseen is None or self.alike is not None:
            return None
        others = frozenset(self.query.terms) - {self.common.unseen}
        found = Where(values=where.values)
        asked = matching(
            self.query, self.space, self.named, alone=self.common.words, without=others
        )
        found.add("i.search @@ {}::text::tsquery", asked)
        return found

    def _narrow(self, where: Where, condition: str) -> None:
        if lexemes := self.filters.lexemes(self.workspace_id):
            where.add(condition, lexemes)
        self.filters.add_to(where, by_place=self.way is Way.BY_PLACE)
