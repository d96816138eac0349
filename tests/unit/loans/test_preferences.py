"""How `Prefer` is read."""

import pytest

from services.loans.loans.preferences import Patience, read


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], Patience(2, None)),
        (["wait=10"], Patience(10, "wait=10")),
        (["wait=0"], Patience(0, "wait=0")),
        (['Wait = "7"'], Patience(7, "wait=7")),
        (["wait=5; strictly"], Patience(5, "wait=5")),
        (["respond-async"], Patience(0, "respond-async")),
        (["Respond-Async, wait=10"], Patience(10, "respond-async, wait=10")),
        (["respond-async", "wait=3"], Patience(3, "respond-async, wait=3")),
        (["wait=4, wait=9"], Patience(4, "wait=4")),
        (["return=minimal"], Patience(2, None)),
    ],
)
def test_preferences(fields: list[str], expected: Patience) -> None:
    """RFC 7240: several fields, any case, quoted values, parameters; of two the first counts."""
    assert read(fields) == expected


@pytest.mark.parametrize("value", ["soon", "-1", "1.5", "", "\u0663"])
def test_nonsense_is_no_preference(value: str) -> None:
    """A wait that is no number of seconds is as if it were not there."""
    assert read([f"wait={value}"]) == Patience(2, None)


@pytest.mark.parametrize("value", ["31", "3600", "9" * 4000])
def test_patience_has_an_end(value: str) -> None:
    """Nobody waits longer than thirty seconds, and is told so."""
    assert read([f"wait={value}"]) == Patience(30, "wait=30")
