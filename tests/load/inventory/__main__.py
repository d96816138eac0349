"""Catalog and inventory through the gateway, measured: `make bench-inventory`, or some parts of it
with `make bench-inventory ARGS="move batch"`.

A missed budget is printed and is no failure; a part that came to no figure is: exit code 1.
"""

import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from load import parts, stack
from load.events import yardstick
from load.inventory import (
    batches,
    compact,
    creates,
    feeds,
    growth,
    imports,
    lists,
    moves,
    searches,
    statements,
)
from load.report import Figure, Report
from load.stack import Stack

PARTS = (
    *("create", "list", "search", "move", "batch", "import", "changes"),
    *("statements", "compact", "growth"),
)


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
        rate, full = self._rate, self._full
        measures: dict[str, Callable[[], Awaitable[list[Figure]]]] = {
            "create": lambda: creates.measure(running, rate),
            "list": lambda: lists.measure(running, rate),
            "search": lambda: searches.measure(running, full=full),
            "move": lambda: moves.measure(running, rate),
            "batch": lambda: batches.measure(running, rate),
            "import": lambda: imports.measure(running),
            "changes": lambda: feeds.measure(running, rate),
            "statements": lambda: statements.measure(running),
            "compact": lambda: compact.measure(running, rate),
            "growth": lambda: growth.measure(running, full=full),
        }
        for part, measure in measures.items():
            if part in self._parts:
                parts.do(self.report, part, measure)


def main() -> None:
    parts.main(
        "make bench-inventory",
        __doc__,
        PARTS,
        lambda chosen, full: Run(chosen, full=full)(),
        full="search and growth to a million items",
    )


if __name__ == "__main__":
    main()
