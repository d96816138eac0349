"""Rows of one file that would meet in one record."""

from collections.abc import Sequence

from warehouse.importing.kinds import Identity

_NAMED = 5  # other rows that are named in a message


class Meetings:
    """Notes what rows are identified by. A row meets another when the identity that it goes by is
    among the other's; two rows that merely share a lesser one stay two."""

    def __init__(self) -> None:
        self._first: dict[Identity, int] = {}
        self._further: dict[Identity, list[int]] = {}

    def note(self, number: int, identities: Sequence[Identity]) -> None:
        for identity in identities:
            if identity in self._first:
                self._further.setdefault(identity, []).append(number)
            else:
                self._first[identity] = number

    def others(self, number: int, identity: Identity) -> list[int]:
        """Some of the rows that row `number`, which goes by `identity`, would meet."""
        if identity not in self._further:
            return []
        rows = [self._first[identity], *self._further[identity]]
        return [each for each in rows if each != number][:_NAMED]
