"""What traces promise (W3C Trace Context)."""

import pytest

from chassis.context import continue_trace

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_trace_goes_on_under_a_new_span() -> None:
    """The trace id and flags stay, the span id is new."""
    child = continue_trace(PARENT).split("-")
    assert (child[1], child[3]) == (PARENT.split("-")[1], "01")
    assert child[2] != PARENT.split("-")[2]


@pytest.mark.parametrize(
    "malformed",
    [
        None,
        "",
        "garbage",
        PARENT.upper(),
        "00-" + "0" * 32 + "-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01",
        "ff" + PARENT[2:],
    ],
)
def test_what_is_no_trace_starts_a_new_one(malformed: str | None) -> None:
    """A missing or malformed traceparent is replaced, never passed on."""
    fresh = continue_trace(malformed)
    assert fresh != continue_trace(malformed)
    assert [len(part) for part in fresh.split("-")] == [2, 32, 16, 2]
