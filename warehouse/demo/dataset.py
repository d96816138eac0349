"""The Shakespeare and Company Project dataset, read where it lies.

Version 1.2 (January 2022), Center for Digital Humanities at Princeton, CC BY 4.0: the lending
library of Sylvia Beach, Paris, 1919-1962, from its cards. It is no part of this project.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import OperatorError

BOOKS, MEMBERS = "SCoData_books_v1.2_2022-01.csv", "SCoData_members_v1.2_2022-01.csv"
LONGEST_NAME = 200  # characters that the name of an item may have
# Where it lies beside a working copy of the project.
FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@dataclass(frozen=True)
class Title:
    """A book of the library, and how often its cards say that it was borrowed. Of some it is not
    known when they appeared, or as what."""

    uri: str
    name: str
    author: str
    year: int | None
    format: str
    volumes_issues: str
    borrow_count: int

    @property
    def fits(self) -> bool:
        """Whether its name is short enough to be an item's."""
        return len(self.name) <= LONGEST_NAME


@dataclass(frozen=True)
class Dataset:
    """The two files; raises `OperatorError` when one is not there."""

    books: Path
    members: Path

    def __post_init__(self) -> None:
        for path in (self.books, self.members):
            if not path.is_file():
                raise OperatorError(
                    f"{path} is not there. The run needs the Shakespeare and Company Project "
                    f"dataset: say where it is, --books PATH --members PATH."
                )

    def titles(self) -> list[Title]:
        return [_title(row) for row in _rows(self.books)]

    def count_members(self) -> int:
        return sum(1 for _ in _rows(self.members))


def most_borrowed(titles: list[Title], count: int) -> list[Title]:
    """The `count` titles with the most borrows, most first, then in the file's order."""
    return sorted((t for t in titles if t.fits), key=lambda t: -t.borrow_count)[:count]


def _title(row: dict[str, str]) -> Title:
    return Title(
        uri=row["uri"].strip(),
        name=row["title"].strip(),
        author=row["author"].strip(),
        year=int(row["year"]) if row["year"].strip() else None,
        format=row["format"].strip(),
        volumes_issues=row["volumes_issues"].strip(),
        borrow_count=int(row["borrow_count"] or 0),
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)
