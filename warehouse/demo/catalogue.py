"""How the library's books are catalogued: what is told of each is custom fields, and they stand in
categories by what they are and the decade they appeared in."""

import csv
from collections.abc import Sequence
from pathlib import Path

from warehouse.demo.dataset import Title
from warehouse.importing.client import Client
from warehouse.importing.workspaces import Workspace

# What the dataset calls a book's format, and the category of those that have it.
FORMATS = {
    "Book": "Books",
    "Periodical": "Periodicals",
    "Article": "Articles",
    "Photograph": "Photographs",
    "Phonograph Record": "Phonograph records",
    "Prints": "Prints",
}
_NO_FORMAT, _NO_YEAR = "Of unknown format", "Of unknown year"
FIELDS: Sequence[dict[str, object]] = (
    {"name": "author", "label": "Author", "value_type": "text"},
    {"name": "year", "label": "Year", "value_type": "integer"},
    {"name": "format", "label": "Format", "value_type": "enum", "options": list(FORMATS)},
    {"name": "volumes_issues", "label": "Volumes and issues", "value_type": "text"},
)
# The dataset's columns, by the fields that they are here; `category` has its own name.
COLUMNS = {
    "title": "name",
    "author": "attributes.author",
    "year": "attributes.year",
    "format": "attributes.format",
    "volumes_issues": "attributes.volumes_issues",
}


def category(title: Title) -> tuple[str, str]:
    """The category that a book stands in, below the one of its format."""
    decade = _NO_YEAR if title.year is None else f"{title.year // 10 * 10}s"
    return FORMATS.get(title.format, _NO_FORMAT), decade


def attributes(title: Title) -> dict[str, str | int]:
    """The values of its custom fields: those that it has."""
    told = {
        "author": title.author,
        "year": title.year,
        "format": title.format,
        "volumes_issues": title.volumes_issues,
    }
    return {name: value for name, value in told.items() if value}


async def define(client: Client, workspace: Workspace) -> None:
    """Say what a book has, before there is one."""
    for field in FIELDS:
        await client.post(workspace.path("custom-fields"), field)


def write(titles: Sequence[Title], books: Path, file: Path) -> None:
    """The dataset's file of `books` as it is, with one column more: the path of each one's
    category."""
    with (
        books.open(encoding="utf-8-sig", newline="") as rows,
        file.open("w", encoding="utf-8-sig", newline="") as written,
    ):
        lines, writer = csv.reader(rows), csv.writer(written)
        writer.writerow([*next(lines), "category"])
        for line, title in zip(lines, titles, strict=True):
            writer.writerow([*line, " / ".join(category(title))])
