"""A restored workspace is equal, or its differences are told one by one."""

from collections.abc import Iterator
from typing import Any

import pytest

from warehouse.archive.comparing import differences
from warehouse.archive.kinds import BY_NAME
from warehouse.archive.staging import Staging

OLD, NEW = ([f"019cad94-5b77-7c19-8e60-{side}0000000000{n}" for n in range(3)] for side in "ab")


def loan(ids: list[str], **changed: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    returned = {"quantity": 1, "condition": None, "returned_at": f"2026-{ids[0]}"}
    return {
        "id": ids[0],
        "version": len(ids[0]),
        "borrower_id": ids[1],
        "notes": "",
        "returned_at": ids[0],
        "returns": [returned],
        **changed,
    }


@pytest.fixture
def sides() -> Iterator[tuple[Staging, Staging]]:
    with Staging() as original, Staging() as restored:
        for old, new in zip(OLD, NEW, strict=True):
            original.note_id(old, new)
        original.put(BY_NAME["loans"], loan(OLD))
        restored.put(BY_NAME["loans"], loan(NEW))
        yield original, restored


def test_ids_and_times_make_no_difference(sides: tuple[Staging, Staging]) -> None:
    assert list(differences(*sides)) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"notes": None}, "notes"),
        ({"borrower_id": NEW[2]}, "borrower_id"),
        ({"borrower_id": OLD[1]}, "borrower_id"),
        ({"returns": []}, "returns"),
        ({"more": 1}, "more"),
    ],
)
def test_any_other_field_does(
    sides: tuple[Staging, Staging], changed: dict[str, Any], field: str
) -> None:
    original, restored = sides
    restored.put(BY_NAME["loans"], loan(NEW, **changed))
    [difference] = differences(original, restored)
    assert (difference.kind, difference.field) == ("loans", field)
    original.waive("loans", OLD[0], field)
    assert list(differences(original, restored)) == []


def test_what_is_missing_and_what_is_too_much(sides: tuple[Staging, Staging]) -> None:
    original, restored = sides
    restored.drop("loans", NEW[0])
    assert [each.now for each in differences(original, restored)] == ["missing"]
    restored.put(BY_NAME["loans"], loan(NEW))
    restored.put(BY_NAME["loans"], loan([NEW[2], NEW[1]]))
    assert [each.field for each in differences(original, restored)] == ["count"]
