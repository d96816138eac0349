"""Codes as they stand among an item's words."""

from stdnum import ean, isbn

_UPC_A, _EAN_13 = 12, 13


def code_forms(code: str) -> list[str]:
    """The forms that a code may be stored in: an ISBN has two, and a UPC-A is an EAN-13 with a
    zero before it."""
    if not code:
        return []
    forms = [code]
    if isbn.is_valid(code):
        forms.append(isbn.to_isbn13(code).lower())
        if (short := isbn.to_isbn10(code) if forms[1].startswith("978") else None) is not None:
            forms.append(short.lower())
    elif len(code) == _UPC_A and ean.is_valid(code):
        forms.append(f"0{code}")
    elif len(code) == _EAN_13 and code.startswith("0") and ean.is_valid(code):
        forms.append(code[1:])
    return forms
