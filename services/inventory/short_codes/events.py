"""What short codes publish."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from chassis.events import CreatedAt, Event, Facts, Updated, UpdatedAt, WorkspaceId
from services.inventory.short_codes.kinds import State, Thing

_SHELF = "019cad94-6a52-7d63-8c0f-b9e1d3f50709"
_ITEM = "019cad94-5b77-7c19-8e60-d4f2b6a81c07"
_MERGED = "019cad94-5b7a-7d02-9c41-0e6a8c2b4d08"


class ShortCodeEvent(Event):
    """A short code's full state after the change."""

    topic = "warehouse.inventory.short_code.v1"
    example: ClassVar[Facts] = {
        "id": "019cad94-7c31-7e05-a2d4-6b8f0c1e3a55",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "code": "K7QX2M",
        "is_made": True,
        "state": "unused",
        "kind": None,
        "target_id": None,
        "is_additional": False,
        "created_at": "2026-03-02T08:05:00Z",
        "updated_at": "2026-03-02T08:05:00Z",
    }

    workspace_id: WorkspaceId
    code: str = Field(description="4 to 12 characters of A-Z and 0-9, unique everywhere")
    is_made: bool = Field(description="Whether it was made here; else somebody chose it")
    state: State = Field(description="Whether it is on something")
    kind: Thing | None = Field(description="What kind of thing it is on; null: on nothing")
    target_id: UUID | None = Field(description="The very thing it is on; null: on nothing")
    is_additional: bool = Field(
        False, description="Whether the item has a code of its own besides, or may have"
    )
    created_at: CreatedAt
    updated_at: UpdatedAt


class ShortCodeMade(ShortCodeEvent):
    """A code came into being; it may be on something from the first."""

    type = "warehouse.inventory.short_code.made"


class ShortCodeClaimed(ShortCodeEvent, Updated):
    """A code that was on nothing was put on something."""

    type = "warehouse.inventory.short_code.claimed"
    example: ClassVar[Facts] = {
        "version": 2,
        "state": "claimed",
        "kind": "location",
        "target_id": _SHELF,
        "changes": {
            "state": ["unused", "claimed"],
            "kind": [None, "location"],
            "target_id": [None, _SHELF],
        },
        "updated_at": "2026-03-14T09:30:00Z",
    }


class ShortCodeReleased(ShortCodeEvent, Updated):
    """A code was taken off what it was on, or that is gone; it can be put on something else."""

    type = "warehouse.inventory.short_code.released"
    example: ClassVar[Facts] = {
        "version": 3,
        "changes": {
            "state": ["claimed", "unused"],
            "kind": ["location", None],
            "target_id": [_SHELF, None],
        },
        "updated_at": "2026-03-20T17:00:00Z",
    }


class ShortCodeMoved(ShortCodeEvent, Updated):
    """The item that it was on was merged into another one, and it is on that now."""

    type = "warehouse.inventory.short_code.moved"
    example: ClassVar[Facts] = {
        "version": 3,
        "state": "claimed",
        "kind": "item",
        "target_id": _ITEM,
        "is_additional": True,
        "changes": {"target_id": [_MERGED, _ITEM], "is_additional": [False, True]},
        "updated_at": "2026-03-21T17:00:00Z",
    }
