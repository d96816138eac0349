"""What cursors of lists promise."""

import json
from typing import cast
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from chassis.database import Source
from chassis.pages import Paging, Where, page, paging_of
from chassis.problems import Problem

LOANS = "/v1/workspaces/019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01/loans"


class Rows:
    """Of a page of one row, and the row after it."""

    def __init__(self, last: UUID) -> None:
        self.last = last

    async def rows(self, *_: object) -> list[tuple[bytes, UUID, int]]:
        return [(b'[{"a":1}, {"a":2}]', self.last, len(b'{"a":2}'))]


async def cursor_after(last: UUID, path: str) -> str:
    paging = Paging(limit=1, path=path)
    found = await page(cast("Source", Rows(last)), "SELECT id FROM t", Where(), paging, key="id")
    cursor: str = json.loads(found)["next_cursor"]
    return cursor


async def test_a_cursor_goes_on_where_its_page_ended() -> None:
    last = uuid7()
    assert paging_of(LOANS.upper(), 5, await cursor_after(last, LOANS)).after == last


@pytest.mark.parametrize(
    "path", [LOANS.replace("loans", "borrowers"), LOANS.replace("9c01", "9c02")]
)
async def test_a_cursor_of_another_list_is_refused(path: str) -> None:
    """Also one of the same list of another workspace."""
    cursor = await cursor_after(uuid7(), path)
    with pytest.raises(Problem) as refused:
        paging_of(LOANS, 5, cursor)
    assert [error.field for error in refused.value.errors] == ["cursor"]
