"""Codes of products (GS1 General Specifications; ISBN, ISO 2108), and how they are kept.

What has the form of one has to have its check digit. The same product is the same code, however it
was scanned: a UPC-A and a GTIN-14 of a single unit are kept as the EAN-13 that they are, and so is
the ISBN-10 of a book. Any other code is the owner's own and is kept as it is.
"""

import re
from enum import StrEnum

from stdnum import ean, isbn

_DIGITS = re.compile(r"[0-9]+")
_ISBN10 = re.compile(r"[0-9]{9}[0-9Xx]")
_X = "0123456789X"


class CodeType(StrEnum):
    EAN_8 = "ean-8"
    EAN_13 = "ean-13"
    GTIN_14 = "gtin-14"
    ISBN = "isbn"
    OTHER = "other"


class WrongCheckDigitError(ValueError):
    """A code whose last digit is not the one that its others call for."""

    def __init__(self, what: str, code: str, right: str) -> None:
        super().__init__(
            f"The last digit of this {what} should be {right}, not {code[-1]}: it was misread, or "
            "it is a code of your own, which needs a letter in it."
        )
        self.right = right


def normalised(code: str) -> str:
    """`code` as it is kept. Raises `WrongCheckDigitError`."""
    compact = _compact(code)
    if compact is None:
        return code
    if len(compact) == 10:
        _check("ISBN-10", compact, _isbn10_digit(compact[:-1]))
        return str(isbn.to_isbn13(compact))
    _check(_NAMES[len(compact)], compact, ean.calc_check_digit(compact[:-1]))
    if len(compact) == 12:
        return f"0{compact}"
    return compact[1:] if len(compact) == 14 and compact[0] == "0" else compact


def forms(code: str) -> list[str]:
    """All that a code may be kept as: its one form, itself, and what it was before there was one
    form for all. A wrong check digit is no matter here."""
    try:
        kept = normalised(code)
    except WrongCheckDigitError:
        kept = code
    found = {code: None, kept: None}
    if len(kept) == 13 and _DIGITS.fullmatch(kept):
        found |= {kept[1:]: None, f"0{kept}": None} if kept[0] == "0" else {f"0{kept}": None}
        if kept.startswith("978") and isbn.is_valid(kept):
            found[str(isbn.to_isbn10(kept))] = None
    return list(found)


def type_of(kept: str) -> CodeType:
    """What a code is, by the form that it is kept in."""
    if not _DIGITS.fullmatch(kept):
        return CodeType.OTHER
    if len(kept) == 13:
        return CodeType.ISBN if kept[:3] in {"978", "979"} else CodeType.EAN_13
    return {8: CodeType.EAN_8, 14: CodeType.GTIN_14}.get(len(kept), CodeType.OTHER)


_NAMES = {8: "EAN-8", 12: "UPC-A", 13: "EAN-13", 14: "GTIN-14"}


def _compact(code: str) -> str | None:
    """The bare digits of a product's code; None for any other. Spaces stand where they are printed;
    hyphens are an ISBN's, between its four parts or, after 978 or 979, five."""
    compact = code.replace(" ", "")
    if "-" in compact:
        parts = compact.split("-")
        is_isbn = len(parts) == 4 or (len(parts) == 5 and parts[0] in {"978", "979"})
        if not (is_isbn and all(parts)):
            return None
        compact = "".join(parts)
        if len(compact) != (10 if len(parts) == 4 else 13):
            return None
    if _ISBN10.fullmatch(compact):
        return compact.upper()
    return compact if _DIGITS.fullmatch(compact) and len(compact) in _NAMES else None


def _check(what: str, code: str, right: str) -> None:
    if code[-1] != right:
        raise WrongCheckDigitError(what, code, right)


def _isbn10_digit(body: str) -> str:
    return next(digit for digit in _X if isbn.is_valid(body + digit))
