"""What alerts say."""

from datetime import date
from uuid import UUID

import pytest

from services.notify.alerts import messages
from services.notify.alerts.messages import Thing

WORKSPACE = UUID("01980000-0000-7000-8000-000000000001")
ENTRY = UUID("01980000-0000-7000-8000-000000000002")
THING = Thing(WORKSPACE, ENTRY, "Milk", 3, "Kitchen")
DAY = date(2026, 5, 3)


@pytest.mark.parametrize(
    ("left", "title", "begins"),
    [
        (7, "Expires in 7 days: Milk", "3 × Milk in Kitchen expires on 3 May 2026. "),  # noqa: RUF001
        (1, "Expires in 1 day: Milk", "3 × Milk in Kitchen expires on 3 May 2026. "),  # noqa: RUF001
        (0, "Expires today: Milk", "3 × Milk in Kitchen expires on 3 May 2026. "),  # noqa: RUF001
        (-2, "Expired: Milk", "3 × Milk in Kitchen expired on 3 May 2026. "),  # noqa: RUF001
    ],
)
def test_what_expires_is_named_with_its_place_and_day(left: int, title: str, begins: str) -> None:
    notice = messages.expiring(THING, DAY, left)
    assert (notice.title, notice.message[: len(begins)]) == (title, begins)
    assert notice.link == f"/v1/workspaces/{WORKSPACE}/inventory/{ENTRY}"


@pytest.mark.parametrize(
    ("left", "title"), [(1, "ends in 1 day"), (0, "ends today"), (-1, "ended")]
)
def test_a_warranty_is_told_while_it_can_be_used(left: int, title: str) -> None:
    assert messages.warranty_ending(THING, DAY, left).title == f"Warranty {title}: Milk"


def test_maintenance_tells_what_to_do_and_where() -> None:
    pump = Thing(WORKSPACE, ENTRY, "Pump", 1, "Cellar")
    notice = messages.maintenance_due(pump, ENTRY, "Change the oil", DAY, 0)
    assert notice.message.startswith("Change the oil is due on 3 May 2026: Pump in Cellar. ")
    assert "was due" in messages.maintenance_due(pump, ENTRY, "Change the oil", DAY, 4).message


def test_a_late_repair_tells_whom_to_ask() -> None:
    """However long the description of what is wrong."""
    pump = Thing(WORKSPACE, ENTRY, "Pump", 1)
    notice = messages.repair_overdue(pump, ENTRY, "It leaks.\nA lot", "Toolshop", DAY)
    assert notice.message == (
        "Pump, in repair at Toolshop, was expected back on 3 May 2026: It leaks. A lot. "
        "Ask Toolshop for it, or note when it will be done."
    )
    alone = messages.repair_overdue(pump, ENTRY, "x" * 2000, None, None)
    assert "Look after it" in alone.message
    assert len(alone.message) < 400
