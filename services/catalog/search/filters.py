"""What a search or a list of items is narrowed to, beside its words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.folding import compact
from chassis.pages import Where
from chassis.product_codes import forms
from chassis.trees import subtree
from services.catalog.search.query import key_of, space_of


class Condition(Protocol):
    """A filter that somebody else knows, as one on an attribute."""

    def apply(self, where: Where) -> None:
        """Add it to the conditions on an item `i`."""


@dataclass(frozen=True)
class Filters:
    """Each that is given has to hold. `category_id` and `location_id`: that one and all below it;
    a location of `places` alone where those are given (what a restricted member reaches).
    `archived`: only those or only others; None: both."""

    category_id: UUID | None = None
    categories: Sequence[UUID] = ()  # one of these alone
    labels: Sequence[UUID] = ()
    all_labels: bool = False
    brand: str | None = None
    manufacturer: str | None = None
    insured: bool | None = None
    needs_review: bool | None = None
    has_image: bool | None = None
    purchased_from: UUID | None = None
    location_id: UUID | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    updated_from: datetime | None = None
    updated_before: datetime | None = None
    sku: str | None = None
    external_id: str | None = None
    barcode: str | None = None
    archived: bool | None = False
    attributes: Sequence[Condition] = ()
    places: Sequence[UUID] | None = None
    there: Sequence[UUID] | None = None  # the location and all below it, where they are known
    at_place: int | None = None  # entries in them, as far as they were counted

    @property
    def need_search(self) -> bool:
        """Whether one of them is given that the plain list does not know."""
        plain = Filters(
            category_id=self.category_id,
            sku=self.sku,
            external_id=self.external_id,
            barcode=self.barcode,
            archived=self.archived,
        )
        if self.labels or self.attributes:
            return True
        # Requests hand in empty lists, which are no filter and equal no empty tuple.
        return replace(self, labels=(), attributes=()) != plain

    @property
    def has_others(self) -> bool:
        """Whether one of them is given that stands nowhere among an item's words, nor is a place
        (of which it is known how much is there)."""
        return bool(self.attributes) or any(
            one is not None
            for one in (
                *(self.category_id, self.purchased_from),
                *(self.created_from, self.created_before, self.updated_from, self.updated_before),
                *(self.sku, self.external_id, self.barcode),
            )
        )

    def marks(self) -> list[list[str]]:
        """Those that stand among an item's words, of each filter those that fit."""
        labels = [f"#l{key_of(label)}" for label in self.labels]
        found = [[one] for one in labels] if self.all_labels else [labels] if labels else []
        for kind, value in (("b", self.brand), ("m", self.manufacturer)):
            if value is not None:
                found.append([f"#{kind}{compact(value)}"])
        found += [[f"#{name}"] for name, wanted in self._truths() if wanted]
        if self.categories:
            found.append([f"#c{key_of(one)}" for one in self.categories])
        return found

    def lexemes(self, workspace_id: UUID) -> str:
        """The same as a tsquery, and what must not be there; empty for none."""
        space = space_of(workspace_id)
        found = [_any_of(space, each) for each in self.marks()]
        for name, wanted in self._truths():
            if wanted is False:
                found.append(f"!'{space}#{name}'")
        return " & ".join(found)

    def _truths(self) -> Sequence[tuple[str, bool | None]]:
        return (
            ("insured", self.insured),
            ("review", self.needs_review),
            ("image", self.has_image),
            ("archived", self.archived or None),
        )

    def add_to(self, where: Where, *, by_place: bool = True) -> None:
        """The others, as conditions on an item `i`; the first value of `where` is the workspace.
        `by_place`: all that is in the location is read, and else of each item where it is."""
        if self.archived is False:
            where.also("NOT i.is_archived")
        if self.category_id is not None:
            where.add(f"i.category_id IN ({subtree('categories', '$1', '{}')})", self.category_id)
        if self.location_id is not None:
            entries = f"stocked_entries e WHERE {self.placed(where)} AND NOT e.is_archived"
            # Neither is the planner's to choose, who knows no workspace nor place by its size.
            if by_place:
                where.also(f"i.id = ANY (ARRAY(SELECT e.item_id FROM {entries}))")
            else:
                where.also(f"EXISTS (SELECT FROM {entries} AND e.item_id = i.id OFFSET 0)")
        for condition, value in (
            ("i.purchased_from = {}", self.purchased_from),
            ("i.created_at >= {}", self.created_from),
            ("i.created_at < {}", self.created_before),
            ("i.updated_at >= {}", self.updated_from),
            ("i.updated_at < {}", self.updated_before),
            ("i.sku = {}", self.sku),
            ("i.external_id = {}", self.external_id),
        ):
            if value is not None:
                where.add(condition, value)
        if self.barcode is not None:
            where.add("i.barcode = ANY ({}::text[])", forms(self.barcode))
        for one in self.attributes:
            one.apply(where)

    def placed(self, where: Where, ids: str | None = None) -> str:
        """The condition on an entry `e` that is in the location, within reach; its values in
        `where`. `ids`: SQL for the location and all below it."""
        if ids is None:
            where.values.append(self.location_id if self.there is None else list(self.there))
            at = f"${len(where.values)}"
            below = f"ARRAY({subtree('known_locations', '$1', at)})"
            ids = below if self.there is None else f"{at}::uuid[]"
        found = f"e.workspace_id = $1 AND e.location_id = ANY ({ids})"
        if self.places is not None:
            where.values.append(list(self.places))
            found += f" AND e.location_id = ANY (${len(where.values)}::uuid[])"
        return found


def _any_of(space: str, marks: Sequence[str]) -> str:
    each = (f"'{space}{mark}'" for mark in marks)
    return f"({' | '.join(each)})"
