"""What a short code can be on, and whether it is."""

from enum import StrEnum


class Thing(StrEnum):
    """What a short code can be on."""

    ITEM = "item"
    ENTRY = "entry"
    LOCATION = "location"
    CONTAINER = "container"


class State(StrEnum):
    """Whether a short code is on something."""

    UNUSED = "unused"
    CLAIMED = "claimed"
