"""What people type for a name, as it is kept: one spelling of what looks the same.

Names come from keyboards, web pages and spreadsheets. What can't be seen in them would make two of
what everybody reads as one: accents encoded in two ways (Unicode's NFC is kept), blanks of zero
width, marks of byte order and of direction, line breaks.
"""

import re
import unicodedata

# Cc: control characters. A break or a tab parts words, so that a blank is left of it.
_BREAKS = re.compile("[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]+")
# Blanks of no width (ZWSP, word joiner, BOM), soft hyphens, and what turns the direction of text.
# The zero-width joiner and non-joiner stay: emoji, Persian and Indic scripts are written with them.
_UNSEEN = re.compile(
    "[\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]"
)
# Letters that show as nothing: Hangul fillers, a Braille pattern without dots; and joiners.
_BLANK = "\u115f\u1160\u3164\uffa0\u2800\u200c\u200d\u034f \u00a0"


def tidied(text: str) -> str:
    """`text` as a name is kept: in NFC, on one line, with nothing in it that can't be seen, without
    outer blanks. Empty, where nothing of it can be seen."""
    if text.isascii() and text.isprintable():
        return text.strip()
    seen = _UNSEEN.sub("", _BREAKS.sub(" ", text)).strip()
    if not seen.strip(_BLANK):
        return ""
    return unicodedata.normalize("NFC", seen)


def tidy(value: object) -> object:
    """As `tidied`, ahead of what checks whether it is text."""
    return tidied(value) if isinstance(value, str) else value
