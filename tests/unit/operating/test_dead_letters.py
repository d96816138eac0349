"""Which dead letters a command means."""

from datetime import UTC, datetime

import pytest

from warehouse.errors import OperatorError
from warehouse.operating.dead_letters import Letter, Resolution, choose


def letter(id_: int, error: str, resolution: Resolution | None = None) -> Letter:
    return Letter(
        service="loans",
        id=id_,
        key="k",
        type="t",
        topic="x",
        partition=0,
        offset=1,
        group="g",
        error=error,
        message="m",
        attempts=3,
        failed_at=datetime.now(UTC),
        bytes=2,
        resolution=resolution,
    )


LETTERS = [letter(0, "ValueError"), letter(2, "Poison"), letter(3, "ValueError", "discarded")]


@pytest.mark.parametrize(
    ("ids", "error", "chosen"),
    [
        ([], None, [0, 2]),
        ([], "ValueError", [0]),
        ([], "KeyError", []),
        ([3, 0, 3], None, [0, 3]),
        ([2, 3], "ValueError", [3]),
    ],
)
def test_ids_mean_themselves_and_all_means_what_is_open(
    ids: list[int], error: str | None, chosen: list[int]
) -> None:
    assert [each.id for each in choose(LETTERS, ids, error)] == chosen


def test_an_unknown_id_is_refused_before_anything_happens() -> None:
    with pytest.raises(OperatorError, match="no dead letter 1, 9"):
        choose(LETTERS, [0, 1, 9], None)
