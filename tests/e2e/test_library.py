"""A real lending library: its titles, its members, its most borrowed books, and every number."""

import pytest

from warehouse.demo.dataset import BOOKS, FOLDER, MEMBERS, Dataset
from warehouse.demo.library import Extent, run

MISSING = [name for name in (BOOKS, MEMBERS) if not (FOLDER / name).is_file()]
# `make demo-library` lends a hundred titles and shelves a copy of every one. Here the suite's time
# bounds both; all titles and members are imported, twice.
EXTENT = Extent(lent=5, clients=5, copies=100)


@pytest.mark.library
@pytest.mark.long
@pytest.mark.skipif(bool(MISSING), reason=f"not in {FOLDER}: {', '.join(MISSING)}")
async def test_a_library_lends_as_its_cards_say(platform: str) -> None:
    """6,019 of 6,020 titles and 5,235 members, the same after a second import; each book has its
    custom fields and its category by format and decade, counts are the file's, and a librarian's
    questions find their books. The most borrowed titles are lent as often as the file says, several
    clients at once; then most-lent-items, dashboard and activity agree with the file to the number,
    and no hold is left."""
    dataset = Dataset(FOLDER / BOOKS, FOLDER / MEMBERS)
    result = await run(platform, dataset, EXTENT)
    created = {name: done.counted()["created"] for name, done in result.imports}
    assert created["items"] == 6_019
    assert result.imports[0][1].counted("categories")["created"] == 54
    assert created["borrowers"] == 5_235
    assert result.lent.loans == 399
