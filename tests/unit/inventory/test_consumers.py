"""What inventory reads of its neighbours' events, and what it leaves alone."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from chassis.envelope import Envelope
from services.inventory.holds import consumers as loans
from services.inventory.holds.consumers import LoanReturned
from services.inventory.items import consumers as items
from services.inventory.items.consumers import ItemChanged

LOAN: dict[str, Any] = {
    "id": str(UUID(int=1)),
    "inventory_id": str(UUID(int=2)),
    "quantity": 3,
    "returned_quantity": 2,
    "version": 4,
    "borrower_name": "unread",
}


def envelope(payload: dict[str, Any]) -> Envelope:
    return Envelope(
        record=None,
        id=uuid4(),
        type="warehouse.loans.loan.returned",
        subject=str(payload["id"]),
        time=datetime.now(UTC),
        version=1,
        workspace_id=uuid4(),
        actor="system",
        traceparent=None,
        data=json.dumps(payload).encode(),
    )


def test_a_return_is_read_with_its_condition() -> None:
    """The fact is called `return` in the event."""
    event = LoanReturned.received(envelope(LOAN | {"return": {"condition": "POOR", "photo": 1}}))
    assert (event.returned_quantity, event.latest.condition) == (2, "POOR")
    assert (event.claim().reference, event.claim().entry_id) == (UUID(int=1), UUID(int=2))


def test_a_return_without_its_fact_still_counts() -> None:
    """How many are back is state; how they came back is extra."""
    assert LoanReturned.received(envelope(LOAN)).latest.condition is None


@pytest.mark.parametrize("wrong", [{"quantity": 0}, {"returned_quantity": -1}, {"id": "x"}])
def test_a_loan_of_nothing_is_refused(wrong: dict[str, Any]) -> None:
    """What can't be is a dead letter, and no change."""
    with pytest.raises(ValidationError):
        LoanReturned.received(envelope(LOAN | wrong))


def test_new_fields_of_an_item_are_ignored() -> None:
    """Within a version, producers add fields."""
    payload = {
        "id": str(uuid4()),
        "version": 1,
        "name": "Saw",
        "sku": "S",
        "is_archived": False,
        "added_later": [1],
    }
    assert ItemChanged.received(envelope(payload)).name == "Saw"


def test_every_step_of_the_saga_is_heard() -> None:
    """Inventory listens to what concerns holds, items and categories, and to nothing else."""
    loan = {type_.removeprefix("warehouse.loans.loan.") for type_ in loans.listener.types}
    known = {type_.removeprefix("warehouse.catalog.") for type_ in items.listener.types}
    assert loan == {"requested", "partially_returned", "returned", "cancelled", "rejected"}
    life = ("created", "updated", "archived", "restored", "deleted")
    expected = {f"{what}.{verb}" for what in ("item", "category") for verb in life}
    assert known == {*expected, "item.merged"}
