"""What is to be printed."""

from dataclasses import dataclass
from datetime import datetime

from services.inventory.labels.formats import Format
from services.inventory.labels.symbols import Symbology


@dataclass(frozen=True, slots=True)
class Text:
    """What a label says beside its symbol."""

    code: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Job:
    """A sheet to print: its labels from the `start`-th place on, 1 for the first."""

    format: Format
    symbology: Symbology
    start: int
    base_url: str
    as_of: datetime
    labels: tuple[Text, ...]
