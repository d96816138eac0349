"""How far a wish is."""

from enum import StrEnum


class Status(StrEnum):
    WANTED = "wanted"
    ORDERED = "ordered"
    ACQUIRED = "acquired"
