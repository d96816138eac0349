"""One label as a picture: the symbol, and below it what it is on."""

import io
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from PIL import Image, ImageDraw

from services.inventory.labels.lettering import FONT, drawable, font, plain, shortened
from services.inventory.labels.symbols import Symbol

_METRIC = 100  # pixels that text is measured at


@dataclass(frozen=True, slots=True)
class Label:
    """A symbol and the lines below it, measured in modules."""

    symbol: Symbol
    lines: tuple[str, ...]

    @property
    def letter(self) -> float:
        """The height of the letters."""
        return min(7.0, self.symbol.width / 11)

    @property
    def height(self) -> float:
        below = self.letter * 0.5 if self.lines else 0
        return self.symbol.height + len(self.lines) * self.letter * 1.3 + below

    def baseline(self, number: int) -> float:
        return self.symbol.height + self.letter * (1 + 1.3 * number)

    def fitting(self, text: str) -> str:
        """As much of a line as there is room for."""
        room = (self.symbol.width - 2) / self.letter * _METRIC
        return shortened(text, room, font(_METRIC).getlength)


def svg(label: Label, scale: int) -> bytes:
    """The label as SVG 1.1, `scale` pixels a module."""
    width, height = label.symbol.width, round(label.height, 2)
    dark = "".join(f"M{x} {y}h{w}v{h}h-{w}z" for x, y, w, h in label.symbol.rectangles())
    texts = "".join(
        f'<text x="{width / 2:g}" y="{label.baseline(number):g}" font-size="{label.letter:.2f}" '
        f'font-family={quoteattr(FONT + ", sans-serif")} text-anchor="middle">'
        f"{escape(label.fitting(plain(line)))}</text>"
        for number, line in enumerate(label.lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * scale}" '
        f'height="{height * scale:g}" viewBox="0 0 {width} {height:g}">'
        f'<rect width="100%" height="100%" fill="#fff"/><path d="{dark}"/>{texts}</svg>\n'
    ).encode()


def png(label: Label, scale: int) -> bytes:
    """The label as PNG, `scale` pixels a module."""
    picture = Image.new("L", (label.symbol.width * scale, round(label.height * scale)), 255)
    picture.paste(label.symbol.image(scale), (0, 0))
    pen, letters = ImageDraw.Draw(picture), font(max(1, round(label.letter * scale)))
    for number, line in enumerate(label.lines):
        at = (picture.width / 2, label.baseline(number) * scale)
        pen.text(at, label.fitting(drawable(line)), 0, letters, anchor="ms")
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
