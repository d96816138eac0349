"""The API's budgets through the gateway, measured: `make bench-api`, or some parts of it with
`make bench-api ARGS="reads growth"`.

A missed budget is printed and is no failure; a part that came to no figure is: exit code 1.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import psutil
import uvloop
from load import stack
from load.api import growth, logins, reads, statements, writes
from load.events import yardstick
from load.report import Figure, Report
from load.stack import Stack

PARTS = ("reads", "creates", "logins", "statements", "growth")
T = TypeVar("T")

BREATH = 1.0  # seconds in which the others' load is looked at


class Run:
    """One run of the parts asked for; the one that fills the tables comes last."""

    def __init__(self, parts: Sequence[str], *, full: bool) -> None:
        self._parts = parts
        self._full = full
        self._rate = 0.0
        self.report = Report()

    def __call__(self) -> Report:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            self._rate = uvloop.run(_awaited(yardstick.requests_per_second))
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
            "growth": lambda: growth.measure(running, full=self._full),
        }
        for part, measure in measures.items():
            if part in self._parts:
                self._do(part, measure)

    def _do(self, part: str, measure: Callable[[], Awaitable[list[Figure]]]) -> None:
        print(f"{part} ...", file=sys.stderr, flush=True)
        self.report.busy[part] = psutil.cpu_percent(interval=BREATH)
        began = time.monotonic()
        try:
            self.report.figures += uvloop.run(_awaited(measure))
        except Exception as error:  # noqa: BLE001 - the other parts' figures are worth having
            self.report.failures[part] = f"{type(error).__name__}: {error}"
        self.report.seconds[part] = time.monotonic() - began


async def _awaited(measure: Callable[[], Awaitable[T]]) -> T:
    return await measure()


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-api", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--full", action="store_true", help="growth to a million items")
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.parts) - set(PARTS)):
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    report = Run(arguments.parts or PARTS, full=arguments.full)()
    print(report.json() if arguments.json else report.table())
    sys.exit(1 if report.failures else 0)


if __name__ == "__main__":
    main()
