"""The backbone's budgets, measured: `make bench-events`, or some parts of it with
`make bench-events ARGS="relay latency"`.

A missed budget is printed and is no failure; a part that came to no figure is: exit code 1.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import psutil
import uvloop
from load import stack
from load.events import growth, idle, latency, loans, relay, replay, statements, yardstick
from load.report import Figure, Report
from load.stack import Stack

PARTS = ("idle", "yardstick", "latency", "loans", "statements", "relay", "replay", "growth")
ON_A_STACK = PARTS[2:]
BREATH = 1.0  # seconds in which the others' load is looked at


class Run:
    """One run of the parts asked for, in an order in which none disturbs the next: the platform's
    own come before those that fill its topics and tables."""

    def __init__(self, parts: Sequence[str], *, full: bool) -> None:
        self._parts = parts
        self._full = full
        self._rate: float | None = None
        self.report = Report()

    def __call__(self) -> Report:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            for part, measure in {"idle": idle.measure, "yardstick": self._yardstick}.items():
                self._do(part, measure)
            if set(self._parts) & set(ON_A_STACK):
                with stack.running(Path(folder)) as running:
                    self._measure_on(running)
        return self.report

    def _measure_on(self, running: Stack) -> None:
        measures: dict[str, Callable[[], Awaitable[list[Figure]]]] = {
            "latency": lambda: latency.measure(running),
            "loans": lambda: self._loans(running),
            "statements": lambda: statements.measure(running),
            "relay": lambda: relay.measure(running),
            "replay": lambda: replay.measure(running),
            "growth": lambda: growth.measure(running, full=self._full),
        }
        for part, measure in measures.items():
            self._do(part, measure)

    def _do(self, part: str, measure: Callable[[], Awaitable[list[Figure]]]) -> None:
        if part not in self._parts:
            return
        print(f"{part} ...", file=sys.stderr, flush=True)
        self.report.busy[part] = psutil.cpu_percent(interval=BREATH)
        began = time.monotonic()
        try:
            self.report.figures += uvloop.run(_awaited(measure))
        except Exception as error:  # noqa: BLE001 - the other parts' figures are worth having
            self.report.failures[part] = f"{type(error).__name__}: {error}"
        self.report.seconds[part] = time.monotonic() - began

    async def _yardstick(self) -> list[Figure]:
        self._rate = await yardstick.requests_per_second()
        return [yardstick.figure(self._rate)]

    async def _loans(self, running: Stack) -> list[Figure]:
        self.report.figures += await loans.steady(running)
        if self._rate is None:  # its part was not asked for, or failed: then this says why
            self.report.figures += await self._yardstick()
        assert self._rate is not None
        return await loans.sustained(running, self._rate)


async def _awaited(measure: Callable[[], Awaitable[list[Figure]]]) -> list[Figure]:
    return await measure()


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-events", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--full", action="store_true", help="growth to ten million rows")
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.parts) - set(PARTS)):
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    report = Run(arguments.parts or PARTS, full=arguments.full)()
    print(report.json() if arguments.json else report.table())
    sys.exit(1 if report.failures else 0)


if __name__ == "__main__":
    main()
