"""Label formats: where on a sheet the labels are, in millimetres."""

from dataclasses import dataclass
from enum import StrEnum

A4 = (210.0, 297.0)
LETTER = (215.9, 279.4)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Labels of one size in columns and rows; `pitch` is from one label's edge to the next's. The
    grid stands in the middle of the page."""

    page: tuple[float, float]
    columns: int
    rows: int
    size: tuple[float, float]
    pitch: tuple[float, float]

    @property
    def count(self) -> int:
        return self.columns * self.rows

    def corner(self, number: int) -> tuple[float, float]:
        """The upper left corner of a label, counted from 0 along the rows."""
        row, column = divmod(number, self.columns)
        left = (self.page[0] - self.size[0] - (self.columns - 1) * self.pitch[0]) / 2
        top = (self.page[1] - self.size[1] - (self.rows - 1) * self.pitch[1]) / 2
        return left + column * self.pitch[0], top + row * self.pitch[1]


class Format(StrEnum):
    """Sheets by their makers' numbers (Avery, and whoever sells the same sizes), and single labels
    of roll printers (Brother DK-11209, Dymo 11352) by their millimetres."""

    L7160 = "L7160"
    L7163 = "L7163"
    L7651 = "L7651"
    US5160 = "5160"
    US5163 = "5163"
    US5167 = "5167"
    ROLL_62X29 = "62x29"
    ROLL_54X25 = "54x25"


def _single(width: float, height: float) -> Sheet:
    return Sheet((width, height), 1, 1, (width, height), (width, height))


SHEETS: dict[Format, Sheet] = {
    Format.L7160: Sheet(A4, 3, 7, (63.5, 38.1), (66.0, 38.1)),
    Format.L7163: Sheet(A4, 2, 7, (99.1, 38.1), (101.6, 38.1)),
    Format.L7651: Sheet(A4, 5, 13, (38.1, 21.2), (40.6, 21.2)),
    Format.US5160: Sheet(LETTER, 3, 10, (66.675, 25.4), (69.85, 25.4)),
    Format.US5163: Sheet(LETTER, 2, 5, (101.6, 50.8), (106.3625, 50.8)),
    Format.US5167: Sheet(LETTER, 4, 20, (44.45, 12.7), (52.3875, 12.7)),
    Format.ROLL_62X29: _single(62, 29),
    Format.ROLL_54X25: _single(54, 25),
}
