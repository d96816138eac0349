"""Rows of a file as fields of the platform: cells read, and all that is wrong said at once."""

import json
from collections.abc import Sequence
from typing import Any

from chassis.imports import CHUNK_BYTES, ImportRow, RowFault
from services.catalog.imports import cells
from services.catalog.imports.columns import PLACE_ALONE, Column, Columns, Wanted, needed
from services.catalog.imports.kinds import ATTRIBUTE, MIXED, STOCK_ALONE
from services.catalog.imports.tables import Row

EXACT = 10**15
_MARKS = {",": "a comma", ";": "a semicolon", "\t": "a tab"}
ROW = "row"  # what a fault of the row as a whole is about
MOST_BYTES = CHUNK_BYTES // 2  # of one row
# What a spreadsheet shows where a formula could not be calculated.
FORMULA_ERRORS = {"#N/A", "#REF!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#VALUE!"}


class Rows:
    """Reads rows of one file. An empty cell says nothing about its field."""

    def __init__(
        self, columns: Columns, wanted: Wanted, width: int | None, delimiter: str = ","
    ) -> None:
        """`width`: how many cells a row may have; None: any number. `delimiter`: what parts
        them."""
        self._mark = _MARKS.get(delimiter, repr(delimiter))
        self._columns = columns
        self._width = width
        self._currency = wanted.currency
        self._location = wanted.location if columns.kind.field("location") else None
        # An attribute is what its cell is; exports of others write texts as they like.
        self._keeps_kinds = columns.map == "auto"
        self._needed = needed(columns.kind, columns.key)
        # Of a row that may be an item alone, what tells that there is stock of it.
        self._of_stock = STOCK_ALONE if columns.kind.name == MIXED else frozenset()

    def read(self, row: Row) -> tuple[ImportRow, list[RowFault]]:
        """The row, and what is wrong with it."""
        fields: dict[str, Any] = {}
        faults: list[tuple[str, str]] = []
        for column in self._columns.columns:
            try:
                value = self._value(column, row)
            except ValueError as error:
                faults.append((column.name.lstrip("_"), str(error)))
            else:
                if value is not None:
                    fields[column.name] = value
        bad = {name for name, _ in faults}
        if self._columns.finish is not None:
            self._columns.finish(fields)
        if self._location is not None:
            fields.setdefault("location", self._location)
        wants = {"location"} if fields.pop(PLACE_ALONE, False) else self._needed
        if self._of_stock & fields.keys():
            wants = wants | {"location"}
        faults += [
            (name, "is empty") for name in sorted(wants) if name not in fields and name not in bad
        ]
        faults += self._count_money(fields, bad)
        faults += self._beyond(row.cells)
        # Whatever a character takes in JSON, few of them can't be too many bytes.
        if sum(map(len, row.cells)) > MOST_BYTES // 12 and _bytes_of(fields) > MOST_BYTES:
            faults.append((ROW, f"has more than {MOST_BYTES:,} bytes; shorten its texts"))
        made = ImportRow.model_construct(number=row.number, fields=fields, found={})
        return made, [RowFault(number=row.number, field=f, message=m) for f, m in faults]

    def _value(self, column: Column, row: Row) -> object:
        """What a cell says; None for nothing. Raises `ValueError`."""
        written = row.cells[column.position] if column.position < len(row.cells) else ""
        cell = written.strip()
        if not cell:
            return None
        if cell in FORMULA_ERRORS:
            raise ValueError(f"{cell} is the error of a formula; mend it, or empty the cell")
        typed = row.typed.get(column.position)
        if typed is not None:
            _check_exact(typed)
            if self._keeps_kinds and column.name.startswith(ATTRIBUTE):
                return typed
        return column.read(written if column.verbatim else cell)

    def _beyond(self, given: Sequence[str]) -> list[tuple[str, str]]:
        width = self._width
        if width is None or len(given) <= width or not any(cell.strip() for cell in given[width:]):
            return []
        why = (
            f"has {len(given)} cells under {width} headings; is a text with {self._mark} unquoted?"
        )
        return [(ROW, why)]

    def _count_money(self, fields: dict[str, Any], bad: set[str]) -> list[tuple[str, str]]:
        """A price comes with its currency; neither comes alone. Of `bad` ones enough is told."""
        code = fields.pop("currency", self._currency)
        price = fields.pop("purchase_price", None)
        if price is None or "currency" in bad:
            return []
        if code is None:
            return [("currency", "is empty, and the import has no currency of its own")]
        try:
            fields["purchase_price"] = cells.minor_units(price, code)
        except ValueError as error:
            return [("purchase_price", str(error))]
        fields["currency"] = code
        return []


def _check_exact(number: float) -> None:
    """Spreadsheets keep 15 digits of a number: what was typed as more is another by now."""
    if abs(number) >= EXACT:
        raise ValueError(
            "is a number of more than 15 digits, of which a spreadsheet keeps no more; format the "
            "column as text, and write it again"
        )


def _bytes_of(fields: dict[str, Any]) -> int:
    return len(json.dumps(fields, default=str, ensure_ascii=False).encode(errors="replace"))
