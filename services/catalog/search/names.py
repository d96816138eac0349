"""How far down the names of a workspace a page reaches that is sorted by them.

What matches is spread over the table, and all of it would be fetched to find the first fifty names.
Where the names of a sample tell up to which one there should be enough, PostgreSQL takes the
entries of both indexes, on words and on names, and fetches what is in both.
"""

import bisect
import math

from services.catalog.search.cursors import Keyed
from services.catalog.search.samples import SAMPLED, crossing
from services.catalog.search.search import Search

ENOUGH = 2.5  # times the page, since a sample of few tells little
FAR = 0.06  # of all names: more of them take longer than what matches
# What reading an item in the order of names takes, of what finding it in both indexes does.
ITEM = 5


def last(search: Search, limit: int, after: Keyed | None, *, down: bool) -> str | None:
    """The name up to which (`down`: from which on) there should be more than a page of what
    matches, after the cursor; None where that is too far, or everything is as fast."""
    names, size = search.common.sample.names, search.common.sample.size
    matches = search.common.matches
    if not matches or search.has_place or search.filters.has_others:
        return None
    share = ENOUGH * limit / matches
    if share > FAR or search.common.together > crossing(ITEM * limit, size):
        return None
    steps = math.ceil(share * SAMPLED)
    if down:
        first = len(names) if after is None else bisect.bisect_left(names, str(after.value))
        return names[first - 1 - steps] if steps < first else None
    first = 0 if after is None else bisect.bisect_right(names, str(after.value))
    return names[first + steps] if first + steps < len(names) else None
