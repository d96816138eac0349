"""What answers made of bytes promise."""

import pytest

from chassis.problems import Conflict
from chassis.responses import created


def test_what_left_the_callers_reach_while_it_was_made_is_a_conflict() -> None:
    """No error of ours, and raising it undoes what was made."""
    assert created([(1, b"{}")], "/x").status_code == 201
    with pytest.raises(Conflict):
        created([], "/x")
