"""What an item's attributes are checked by."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis.database import TenantSession
from chassis.problems import FieldError, Invalid, invalid
from services.catalog.custom_fields import repository
from services.catalog.custom_fields.kinds import Value, ValueType, misfit

Attributes = Mapping[str, Value]

# Characters of all attributes of an item, names and values. An event of the item tells them up to
# three times, as it is, was and is now, and Kafka takes records of 1 MB; so does PostgreSQL of what
# search keeps of them.
MOST_TEXT = 40_000


@dataclass(frozen=True, slots=True)
class Definition:
    """What is checked of a custom field in use."""

    name: str
    value_type: ValueType
    options: tuple[str, ...]
    is_required: bool
    category_id: UUID | None


@dataclass(frozen=True, slots=True)
class Rules:
    """The custom fields of a workspace, and which hold in which of the categories that were asked
    about."""

    definitions: tuple[Definition, ...] = ()
    only_defined: bool = False
    #: Of a category, itself and those above it.
    within: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)

    def holding(self, category_id: UUID | None) -> dict[str, Definition]:
        """The fields that hold for an item in this category, by name."""
        if not self.definitions:
            return {}
        above = self.within.get(category_id, frozenset()) if category_id else frozenset()
        return {
            one.name: one
            for one in self.definitions
            if one.category_id is None or one.category_id in above
        }

    def faults(
        self, attributes: Attributes, category_id: UUID | None, before: Attributes | None = None
    ) -> list[FieldError]:
        """What is wrong with the attributes of an item in this category; of one that is there
        already, what no field defines may stay as it was `before`."""
        if not self.definitions and not self.only_defined:
            return []
        holding = self.holding(category_id)
        found = [
            FieldError(f"attributes.{name}", wrong, "wrong-type")
            for name, one in holding.items()
            if (wrong := misfit(one.value_type, attributes.get(name), one.options))
        ]
        found += [
            FieldError(f"attributes.{name}", "This is required: give it a value.", "required")
            for name, one in holding.items()
            if one.is_required and attributes.get(name) in (None, "")
        ]
        if self.only_defined:
            kept = before or {}
            found += [
                FieldError(f"attributes.{name}", _undefined(holding), "not-defined")
                for name, value in attributes.items()
                if name not in holding and (name not in kept or kept[name] != value)
            ]
        return found

    def check(
        self, attributes: Attributes, category_id: UUID | None, before: Attributes | None = None
    ) -> None:
        """Raise `Invalid` with all that `faults` finds, and for what is too much altogether."""
        check_size(attributes, "attributes")
        if found := self.faults(attributes, category_id, before):
            raise Invalid(f"{found[0].field}: {found[0].message}", errors=found)

    def fits(self, name: str, value: Value, category_id: UUID | None) -> bool:
        """Whether an item in this category may have this attribute."""
        one = self.holding(category_id).get(name)
        if one is None:
            return not self.only_defined
        return misfit(one.value_type, value, one.options) is None


def check_size(attributes: Attributes, field_: str) -> None:
    """Raise `Invalid` for more text than there may be in all attributes of an item."""
    size = sum(len(name) + len(str(value)) for name, value in attributes.items())
    if size > MOST_TEXT:
        raise invalid(
            field_,
            f"Together the attributes have {size} characters, of {MOST_TEXT} that they may have.",
            "too-long",
        )


async def rules_of(session: TenantSession, category_ids: Collection[UUID | None]) -> Rules:
    """What items in these categories are checked by, in one statement; it holds until this
    transaction ends."""
    wanted = {id_ for id_ in category_ids if id_ is not None}
    fields, only_defined, pairs = await repository.holding(session, session.workspace_id, wanted)
    within: dict[UUID, set[UUID]] = {}
    for root, id_ in pairs:
        within.setdefault(UUID(root), set()).add(UUID(id_))
    return Rules(
        tuple(map(_definition, fields)),
        only_defined,
        {root: frozenset(above) for root, above in within.items()},
    )


def _definition(row: Mapping[str, Any]) -> Definition:
    return Definition(
        name=row["name"],
        value_type=ValueType(row["value_type"]),
        options=tuple(row["options"]),
        is_required=row["is_required"],
        category_id=UUID(row["category_id"]) if row["category_id"] else None,
    )


def _undefined(holding: Mapping[str, Definition]) -> str:
    known = ", ".join(sorted(holding)) or "none"
    return f"This workspace takes defined attributes only. Defined here: {known}."
