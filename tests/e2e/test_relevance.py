"""Search finds what a librarian would type: in a real library's titles."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from load.search import relevance
from support.waiting import eventually

from warehouse.demo.dataset import BOOKS, FOLDER

LIBRARY = FOLDER / BOOKS


@pytest.mark.library
@pytest.mark.long
@pytest.mark.skipif(not LIBRARY.is_file(), reason=f"not in {FOLDER}: {BOOKS}")
async def test_a_librarian_finds_the_book(
    run_services: Callable[..., dict[str, str]],
    caller: Callable[..., httpx.AsyncClient],
    connect: Callable[[str], Any],
    workspace_id: UUID,
) -> None:
    """Titles, parts of them, authors, typos, accents, other scripts and codes: nearly always the
    first of the answer, and among the first five but for a few."""
    run_services("catalog")
    database = await connect("catalog")
    assert await relevance.fill(database, str(workspace_id), LIBRARY) > 6_000
    await eventually(lambda: relevance.is_known(database, str(workspace_id)), deadline=60)
    found = await relevance.measure(
        caller("catalog", workspace_id=workspace_id), f"/v1/workspaces/{workspace_id}/items"
    )
    print(found)
    assert found.recall(1) >= 0.9, str(found)
    assert found.recall(5) >= 0.97, str(found)
    assert found.mean_reciprocal_rank >= 0.93, str(found)
