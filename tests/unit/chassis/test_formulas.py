"""Cells that a spreadsheet would calculate."""

from hypothesis import given
from hypothesis import strategies as st

from chassis.formulas import defused, restored

CELLS = st.text("'`=+-@\t\r\n5.a ", max_size=6)


@given(CELLS)
def test_what_was_written_is_read_again(cell: str) -> None:
    assert restored(defused(cell)) == cell


@given(CELLS)
def test_only_numbers_begin_as_a_formula_does(cell: str) -> None:
    if defused(cell).startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        float(cell)
