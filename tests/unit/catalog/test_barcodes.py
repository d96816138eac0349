"""Which barcodes are taken, and how they are kept."""

import pytest

from chassis.product_codes import (
    CodeType,
    WrongCheckDigitError,
    forms,
    normalised,
    type_of,
)


@pytest.mark.parametrize(
    ("given", "kept", "code_type"),
    [
        ("4006381333931", "4006381333931", "ean-13"),
        ("4 006381 333931", "4006381333931", "ean-13"),
        ("036000291452", "0036000291452", "ean-13"),  # UPC-A
        ("0036000291452", "0036000291452", "ean-13"),
        ("00036000291452", "0036000291452", "ean-13"),  # GTIN-14 of a single unit
        ("10036000291459", "10036000291459", "gtin-14"),  # of a case
        ("96385074", "96385074", "ean-8"),
        ("0-306-40615-2", "9780306406157", "isbn"),
        ("0306406152", "9780306406157", "isbn"),
        ("080442957x", "9780804429573", "isbn"),
        ("978-0-306-40615-7", "9780306406157", "isbn"),
        *((own, own, "other") for own in ("A-17", "12345", "555-123-4567", "1" * 15, "٤٠٠٦٣٨١٣")),
    ],
)
def test_a_product_is_one_code_however_it_was_scanned(
    given: str, kept: str, code_type: str
) -> None:
    """All forms of a product's code are kept as one; a code of one's own stays as it is."""
    assert normalised(given) == kept == normalised(kept)
    assert type_of(kept) is CodeType(code_type)
    assert {given, kept} <= set(forms(given))


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("4006381333932", "1"),
        ("036000291453", "2"),
        ("96385075", "4"),
        ("10036000291452", "9"),
        ("0306406153", "2"),
        ("0-8044-2957-3", "X"),
        ("978-0-306-40615-8", "7"),
        ("9780306406158", "7"),
    ],
)
def test_a_wrong_check_digit_is_told_with_the_right_one(code: str, right: str) -> None:
    """The right one is in the message, and what else may be wrong; it is looked for as it is."""
    with pytest.raises(WrongCheckDigitError, match=f"should be {right}, not {code[-1]}"):
        normalised(code)
    assert code in forms(code)


def test_what_was_kept_before_is_found_by_any_form() -> None:
    """A UPC-A of twelve digits, a GTIN-14, an ISBN-10."""
    assert {"036000291452", "00036000291452"} <= set(forms("0036000291452"))
    assert "0306406152" in forms("9780306406157")
