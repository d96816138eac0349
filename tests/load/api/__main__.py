"""The API's budgets through the gateway, measured: `make bench-api`, or some parts of it with
`make bench-api ARGS="reads growth"`.

A missed budget is printed and is no failure; a part that came to no figure is: exit code 1.
"""

import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from load import parts, stack
from load.api import growth, logins, reads, search, statements, writes
from load.events import yardstick
from load.report import Figure, Report
from load.stack import Stack

PARTS = ("reads", "creates", "logins", "statements", "search", "growth")


class Run:
    """One run of the parts asked for; the one that fills the tables comes last."""

    def __init__(self, chosen: Sequence[str], *, full: bool) -> None:
        self._parts = chosen
        self._full = full
        self._rate = 0.0
        self.report = Report()

    def __call__(self) -> Report:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            self._rate = parts.run(yardstick.requests_per_second)
            self.report.figures.append(yardstick.figure(self._rate))
            with stack.running(Path(folder)) as running:
                self._measure_on(running)
        return self.report

    def _measure_on(self, running: Stack) -> None:
        measures: dict[str, Callable[[], Awaitable[list[Figure]]]] = {
            "reads": lambda: reads.measure(running, self._rate),
            "creates": lambda: writes.measure(running, self._rate),
            "logins": lambda: logins.measure(running),
            "statements": lambda: statements.measure(running),
            "search": lambda: search.measure(running, self._rate, full=self._full),
            "growth": lambda: growth.measure(running, full=self._full),
        }
        for part, measure in measures.items():
            if part in self._parts:
                parts.do(self.report, part, measure)


def main() -> None:
    parts.main(
        "make bench-api",
        __doc__,
        PARTS,
        lambda chosen, full: Run(chosen, full=full)(),
        full="search and growth to a million items",
    )


if __name__ == "__main__":
    main()
