"""What the activity shows of an event."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.analytics.activity.changes import changes_of
from services.analytics.activity.repository import first_id


def test_changes_are_shown_from_and_to() -> None:
    """Each changed field is one line."""
    payload = {"changes": {"name": ["Saw", "Long saw"], "brand": [None, "Bahco"]}}
    assert changes_of("warehouse.catalog.item.updated", payload) == [
        {"field": "name", "from": "Saw", "to": "Long saw"},
        {"field": "brand", "from": None, "to": "Bahco"},
    ]


def test_each_attribute_is_shown_by_itself() -> None:
    """Those that came, went, or are another now; the others are no change."""
    before = {"colour": "blue", "volt": 18, "gone": None, "on": 1, "case": [1]}
    after = {"colour": "red", "volt": 18, "on": True, "case": [1], "new": False}
    payload = {"changes": {"attributes": [before, after], "settings": [None, {"x": 1}]}}
    assert changes_of("warehouse.catalog.item.updated", payload) == [
        {"field": "attributes.colour", "from": "blue", "to": "red"},
        {"field": "attributes.gone", "from": None, "to": None},
        {"field": "attributes.on", "from": 1, "to": True},
        {"field": "attributes.new", "from": None, "to": False},
        {"field": "settings", "from": None, "to": {"x": 1}},
    ]


@pytest.mark.parametrize(
    ("verb", "before", "after"), [("archived", False, True), ("restored", True, False)]
)
def test_archiving_is_a_change_of_a_field(verb: str, before: bool, after: bool) -> None:
    """Archive and restore show what they switch, though their events carry no changes."""
    expected = [{"field": "is_archived", "from": before, "to": after}]
    assert changes_of(f"warehouse.catalog.item.{verb}", {}) == expected


@pytest.mark.parametrize(
    ("verb", "after"),
    [("activated", "active"), ("rejected", "rejected"), ("cancelled", "cancelled")],
)
def test_a_request_that_was_decided_shows_its_new_status(verb: str, after: str) -> None:
    assert changes_of(f"warehouse.loans.loan.{verb}", {}) == [
        {"field": "status", "from": "requested", "to": after}
    ]


@pytest.mark.parametrize(("verb", "before"), [("hold_placed", 1), ("hold_released", 5)])
def test_holds_show_what_was_held_before_and_since(verb: str, before: int) -> None:
    """The state says what is held since; the hold by how much that differs from before."""
    payload = {"held_quantity": 3, "hold": {"quantity": 2}}
    assert changes_of(f"warehouse.inventory.stock.{verb}", payload) == [
        {"field": "held_quantity", "from": before, "to": 3}
    ]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"changes": None},
        {"changes": []},
        {"changes": {"name": "odd"}},
        {"hold": 7, "held_quantity": 1},
    ],
)
def test_what_can_not_be_read_is_no_change(payload: dict[str, Any]) -> None:
    """An event without changes, or with something else there, is still an event."""
    assert changes_of("warehouse.inventory.stock.hold_placed", payload) == []


def test_the_first_id_of_a_moment_sorts_before_every_later_event() -> None:
    """A UUIDv7 begins with its millisecond."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert first_id(moment, timedelta()) == UUID(int=1767225600000 << 80)
    assert first_id(datetime(1, 1, 1, tzinfo=UTC), timedelta()) == UUID(int=0)
