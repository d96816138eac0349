"""What loans reads of its neighbours' events, and what it leaves alone."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from chassis.envelope import Envelope
from services.loans.known import consumers as known
from services.loans.known.consumers import EntryChanged
from services.loans.loans import consumers as saga
from services.loans.loans.consumers import HoldPlaced, HoldRejected
from services.loans.loans.states import Refusal

HOLD: dict[str, Any] = {
    "id": str(UUID(int=1)),
    "version": 4,
    "item_id": str(UUID(int=2)),
    "location_id": str(UUID(int=3)),
    "hold": {"reference": str(UUID(int=4)), "purpose": "loan", "quantity": 2},
    "condition": "unread",
}


def envelope(payload: dict[str, Any]) -> Envelope:
    return Envelope(
        record=None,
        id=uuid4(),
        type="unread",
        subject=str(payload["id"]),
        time=datetime.now(UTC),
        version=1,
        workspace_id=uuid4(),
        actor="system",
        traceparent=None,
        data=json.dumps(payload).encode(),
    )


def test_a_hold_names_its_loan() -> None:
    """The loan is the hold's reference; what else the entry tells is left alone."""
    event = HoldPlaced.received(envelope(HOLD))
    assert (event.hold.reference, event.item_id) == (UUID(int=4), UUID(int=2))


def test_a_hold_without_reference_is_poison() -> None:
    """It can be told apart from an event that is none of ours."""
    with pytest.raises(ValidationError):
        HoldPlaced.received(envelope(HOLD | {"hold": {"purpose": "loan"}}))


def test_a_refusal_is_no_state_of_the_entry() -> None:
    """It has neither item nor place, and the read model does not listen to it."""
    refusal = {
        "id": str(UUID(int=1)),
        "version": 1,
        "reference": str(UUID(int=4)),
        "purpose": "loan",
        "quantity": 2,
        "reason": "insufficient-stock",
        "free_quantity": 1,
    }
    assert HoldRejected.received(envelope(refusal)).free_quantity == 1
    with pytest.raises(ValidationError):
        EntryChanged.received(envelope(refusal))
    assert "warehouse.inventory.stock.hold_rejected" not in known.listener.handlers
    assert "warehouse.inventory.stock.hold_rejected" in saga.listener.handlers


def test_a_reason_of_tomorrow_is_not_available() -> None:
    """Reasons may be added; to a borrower they all mean that it can't be had."""
    assert Refusal("under-water") is Refusal.NOT_AVAILABLE
