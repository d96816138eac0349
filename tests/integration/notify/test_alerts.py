"""What alerts promise: each is told to the staff, and to each of them once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from integration.notify.rig import Neighbours
from uuid_utils.compat import uuid7

SOON = (datetime.now(UTC) + timedelta(days=7)).date()
ENTRY = str(uuid7())
STOCK = {
    "item_id": uuid7(),
    "quantity": 2,
    "is_archived": False,
    "days_left": 7,
    "item_name": "Milk",
    "location_name": "Kitchen",
}
CARE = {"inventory_id": ENTRY, "item_id": uuid7(), "item_name": "Pump", "days_overdue": 1}


@pytest.mark.parametrize(
    ("type_", "state", "expected", "link"),
    [
        (
            *("inventory.stock.expiring", {**STOCK, "expiration_date": SOON}),
            *(("EXPIRY_ALERT", "Expires in 7 days: Milk"), "inventory"),
        ),
        (
            *("inventory.stock.warranty_ending", {**STOCK, "warranty_expires": SOON}),
            *(("WARRANTY_ALERT", "Warranty ends in 7 days: Milk"), "inventory"),
        ),
        (
            "inventory.maintenance.due",
            {**CARE, "name": "Oil", "next_due": SOON, "location_name": "Cellar"},
            *(("MAINTENANCE_DUE", "Maintenance due: Oil, Pump"), "maintenance"),
        ),
        (
            "inventory.repair.overdue",
            {**CARE, "quantity": 1, "description": "It leaks", "expected_back": SOON},
            *(("REPAIR_REMINDER", "Repair overdue: Pump"), "repairs"),
        ),
    ],
)
async def test_an_alert_is_in_the_inbox_of_the_staff_once(
    neighbours: Neighbours,
    type_: str,
    state: dict[str, Any],
    expected: tuple[str, str],
    link: str,
) -> None:
    """Owners and admins, who see every place; not members, who may be restricted to others. Once,
    whatever is delivered again; and it leads to what it is about."""
    owner, admin = await neighbours.member("owner"), await neighbours.member("admin")
    member = await neighbours.member("member")
    id_ = uuid7()
    event = await neighbours.say(type_, id_, **state)
    await neighbours.redeliver(event)
    for user in (owner, admin):
        [one] = [one for one in await neighbours.told(user) if one["type"] != "MEMBER_JOINED"]
        assert (one["type"], one["title"]) == expected
        assert one["link"] == f"/v1/workspaces/{neighbours.workspace_id}/{link}/{id_}"
    assert await neighbours.told(member) == []
