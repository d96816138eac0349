"""From when a maintenance schedule counts its days."""

from datetime import date, timedelta
from enum import StrEnum


class CountsFrom(StrEnum):
    """`done`: so many days after it was done, as an oil change. `due`: in step with the calendar
    whenever it is done, as a yearly inspection."""

    DONE = "done"
    DUE = "due"

    def next_due(self, due: date, done: date, every_days: int) -> date:
        """When it is due next, once it was `done` that was `due`: always after it was done. Raises
        `OverflowError` beyond the calendar."""
        step = timedelta(days=every_days)
        if self is CountsFrom.DONE:
            return done + step
        return due + max(1, (done - due) // step + 1) * step
