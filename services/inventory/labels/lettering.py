"""Text on labels: what can be drawn of it, and how much of it there is room for."""

import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped] # it comes without types
from PIL import ImageFont

FONT = "DejaVu Sans"
ELLIPSIS = "…"
_MISSING = "□"


#: What labels are set in; a path, since fpdf2 takes fonts by nothing else.
FONT_FILE = Path(__file__).with_name("DejaVuSans.ttf")


def font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT_FILE, size, layout_engine=ImageFont.Layout.BASIC)


def plain(text: str) -> str:
    """`text` on one line, without what steers terminals, writing direction or XML parsers."""
    kept = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in text)
    return " ".join(kept.split())


def drawable(text: str) -> str:
    """`text` as the font can draw it: a box for each character that it lacks."""
    known = _known()
    return "".join(one if ord(one) in known else _MISSING for one in plain(text))


def shortened(text: str, width: float, measure: Callable[[str], float]) -> str:
    """`text` if it is no wider than `width`, else as much of it as is, and an ellipsis."""
    if measure(text) <= width:
        return text
    fits, beyond = 0, len(text)
    while beyond - fits > 1:
        middle = (fits + beyond) // 2
        if measure(text[:middle].rstrip() + ELLIPSIS) <= width:
            fits = middle
        else:
            beyond = middle
    return text[:fits].rstrip() + ELLIPSIS


@cache
def _known() -> frozenset[int]:
    with TTFont(FONT_FILE, lazy=True) as loaded:
        return frozenset(loaded.getBestCmap())
