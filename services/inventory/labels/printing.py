"""Sheets of labels as PDF: the same input gives the same bytes."""

import logging
from dataclasses import dataclass
from typing import cast

from fpdf import FPDF
from fpdf.enums import MethodReturnValue

from services.inventory.labels.formats import SHEETS
from services.inventory.labels.jobs import Job, Text
from services.inventory.labels.lettering import FONT_FILE, drawable, shortened
from services.inventory.labels.symbols import Symbology, draw

logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of every table it cuts

_MARGIN = 1.5  # millimetres within a label: printers and scissors miss by as much
_PIXELS = 4  # a module: sharp even where a viewer smooths pictures
_POINT = 25.4 / 72


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    y: float
    width: float
    height: float


def pdf(job: Job) -> bytes:
    """The sheets of a job."""
    sheet = SHEETS[job.format]
    out = FPDF(unit="mm", format=sheet.page)
    out.set_creation_date(job.as_of)
    out.set_title("Labels")
    out.set_auto_page_break(auto=False)
    out.set_margin(0)
    out.c_margin = 0
    out.set_image_filter("FlateDecode")
    out.add_font("DejaVu", fname=FONT_FILE)
    for number, text in enumerate(job.labels, job.start - 1):
        if number % sheet.count == 0 or not out.pages:
            out.add_page()
        x, y = sheet.corner(number % sheet.count)
        box = _Box(
            x + _MARGIN, y + _MARGIN, sheet.size[0] - 2 * _MARGIN, sheet.size[1] - 2 * _MARGIN
        )
        _label(out, job, box, text)
    return bytes(out.output())


def _label(out: FPDF, job: Job, box: _Box, text: Text) -> None:
    """A QR stands left of the text, a Code 128 below it."""
    image = draw(job.symbology, text.code, job.base_url).image(_PIXELS)
    if job.symbology is Symbology.QR:
        side = min(box.height, box.width * 0.45)
        out.image(image, box.x, box.y + (box.height - side) / 2, side, side)
        room = _Box(box.x + side + 1, box.y, box.width - side - 1, box.height)
    else:
        height = box.height * 0.45
        width = min(box.width, image.width / _PIXELS * 0.5)  # half a millimetre a module is ample
        left = box.x + (box.width - width) / 2
        out.image(image, left, box.y + box.height - height, width, height)
        room = _Box(box.x, box.y, box.width, box.height - height - 0.5)
    _write(out, room, text, roomy=room.height >= 12)


def _write(out: FPDF, room: _Box, text: Text, *, roomy: bool) -> None:
    """The name, the way to it, and the code at the bottom, as large as the room allows."""
    large = min(11.0, room.height / 3.4 / _POINT, room.width / 9 / _POINT)  # 16 letters a line
    small = large * 0.75
    code_height = large * _POINT * 1.2
    y = room.y
    bottom = room.y + room.height - code_height
    for content, size, lines in ((text.name, large, 2 if roomy else 1), (text.path, small, 2)):
        height = size * _POINT * 1.2
        fitting = min(lines, int((bottom - y) / height + 0.01))
        out.set_font("DejaVu", size=size)
        for line in _lines(out, drawable(content), room.width, fitting):
            out.set_xy(room.x, y)
            out.cell(room.width, height, line)
            y += height
    out.set_font("DejaVu", size=large)
    out.set_xy(room.x, bottom)
    out.cell(room.width, code_height, shortened(text.code, room.width, out.get_string_width))


def _lines(out: FPDF, text: str, width: float, count: int) -> list[str]:
    """`text` on so many lines at most; what there is no room for is left out, with an ellipsis."""
    if not text or count < 1:
        return []
    found = out.multi_cell(width, text=text, dry_run=True, output=MethodReturnValue.LINES)
    lines = cast("list[str]", found)  # as `output` asks
    if len(lines) <= count:
        return lines
    rest = " ".join(lines[count - 1 :])
    return [*lines[: count - 1], shortened(rest, width, out.get_string_width)]
