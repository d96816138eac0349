"""Codes for machines to read, by modules: QR (ISO/IEC 18004) and Code 128 (ISO/IEC 15417)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

import segno
from barcode.codex import Code128  # type: ignore[import-untyped] # it comes without types
from PIL import Image

BAR_HEIGHT = 30  # modules: 15 % of the width and more, which scanners read at a slant
_QUIET = 10  # modules on either side of a Code 128; a QR has 4 all around
_PIXELS = bytes([255]) + bytes(255)  # of a light and of a dark module


class Symbology(StrEnum):
    """How a code is drawn. A QR holds the address that leads to the thing, for any phone; a Code
    128 the code alone, for scanners that type what they read."""

    QR = "qr"
    CODE128 = "code128"


@dataclass(frozen=True, slots=True)
class Symbol:
    """Rows of modules, 1 for a dark one, with the quiet zone that readers need around them."""

    rows: tuple[bytes, ...]

    @property
    def width(self) -> int:
        return len(self.rows[0])

    @property
    def height(self) -> int:
        return len(self.rows)

    def rectangles(self) -> Iterator[tuple[int, int, int, int]]:
        """The dark parts as (x, y, width, height), in modules."""
        y = 0
        for row, same in groupby(self.rows):
            height, x = len(list(same)), 0
            for dark, modules in groupby(row):
                width = len(list(modules))
                if dark:
                    yield x, y, width, height
                x += width
            y += height

    def image(self, scale: int) -> Image.Image:
        """As pixels, `scale` of them a module."""
        pixels = b"".join(self.rows).translate(_PIXELS)
        small = Image.frombytes("L", (self.width, self.height), pixels)
        return small.resize((self.width * scale, self.height * scale), Image.Resampling.NEAREST)


def draw(symbology: Symbology, code: str, base_url: str) -> Symbol:
    """The symbol of a code; `base_url` is what a QR has before it."""
    if symbology is Symbology.QR:
        qr = segno.make(base_url + code, error="m", micro=False)
        return Symbol(tuple(bytes(row) for row in qr.matrix_iter(border=4)))
    [modules] = Code128(code).build()
    row = bytes(_QUIET) + bytes(int(module) for module in modules) + bytes(_QUIET)
    return Symbol((row,) * BAR_HEIGHT)
