"""Rows to request bodies: cells read, names looked up, everything that is wrong said at once."""

from collections.abc import Mapping
from typing import Any

from warehouse.importing import cells
from warehouse.importing.columns import Columns
from warehouse.importing.faults import Fault, RowError
from warehouse.importing.kinds import Field
from warehouse.importing.references import Directory, UnknownNameError
from warehouse.importing.source import Row


class Bodies:
    """Makes bodies of one file's rows. An empty cell says nothing about its field."""

    def __init__(
        self, columns: Columns, width: int, directories: Mapping[str, Directory], currency: str
    ) -> None:
        self._columns = columns
        self._width = width
        self._directories = directories
        self._currency = currency

    def of(self, row: Row) -> dict[str, Any]:
        """The body by the API's names; raises `RowError` with every fault of the row."""
        if any(cell.strip() for cell in row.cells[self._width :]):
            raise RowError.of(
                "row", f"has {len(row.cells)} cells under {self._width} headings; missing quotes?"
            )
        body: dict[str, Any] = {}
        faults: list[Fault] = []
        for field, position in self._columns.fields.items():
            cell = row.cells[position].strip() if position < len(row.cells) else ""
            if not cell:
                if field.required or field.sent_as == self._key_field:
                    faults.append(Fault(self._columns.said(field.sent_as), "is empty"))
                continue
            try:
                self._put(body, field, field.read(cell))
            except ValueError as error:
                faults.append(Fault(self._columns.said(field.sent_as), str(error)))
        faults += self._look_up(body) + self._count_money(body)
        if faults:
            raise RowError(faults)
        return body

    def cell(self, row: Row, name: str) -> str:
        """The bare cell of a field, empty where the row or the file has none."""
        for field, position in self._columns.fields.items():
            if field.name == name and position < len(row.cells):
                return row.cells[position].strip()
        return ""

    @property
    def _key_field(self) -> str | None:
        return "external_id" if self._columns.key is not None else None

    def _put(self, body: dict[str, Any], field: Field, value: object) -> None:
        group, _, own = field.name.partition(".")
        if own:
            body.setdefault(group, {})[own] = value
        else:
            body[field.sent_as] = value

    def _look_up(self, body: dict[str, Any]) -> list[Fault]:
        faults = []
        for field in self._columns.fields:
            if field.refers_to and field.sent_as in body:
                place = body.get("location_id", "") if field.refers_to == "containers" else ""
                directory = self._directories[field.refers_to]
                try:
                    body[field.sent_as] = directory.find(body[field.sent_as], place)
                except UnknownNameError as error:
                    faults.append(Fault(field.name, str(error)))
        return faults

    def _count_money(self, body: dict[str, Any]) -> list[Fault]:
        """A price comes with its currency, the workspace's by default; neither comes alone."""
        price = body.pop("purchase_price", None)
        code = body.pop("currency", self._currency)
        if price is None:
            return []
        try:
            body["purchase_price"] = cells.minor_units(price, code)
        except ValueError as error:
            return [Fault("purchase_price", str(error))]
        body["currency"] = code
        return []
