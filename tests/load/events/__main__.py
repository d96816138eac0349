"""The backbone's budgets, measured: `make bench-events`, or some parts of it with
`make bench-events ARGS="relay latency"`.

A missed budget is printed and is no failure; a part that came to no figure is: exit code 1.
"""

import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from load import parts, stack
from load.events import growth, idle, latency, loans, relay, replay, statements, yardstick
from load.report import Figure, Report
from load.stack import Stack

PARTS = ("idle", "yardstick", "latency", "loans", "statements", "relay", "replay", "growth")
ON_A_STACK = PARTS[2:]


class Run:
    """One run of the parts asked for, in an order in which none disturbs the next: the platform's
    own come before those that fill its topics and tables."""

    def __init__(self, chosen: Sequence[str], *, full: bool) -> None:
        self._parts = chosen
        self._full = full
        self._rate: float | None = None
        self.report = Report()

    def __call__(self) -> Report:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            for part, measure in {"idle": idle.measure, "yardstick": self._yardstick}.items():
                if part in self._parts:
                    parts.do(self.report, part, measure)
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
            if part in self._parts:
                parts.do(self.report, part, measure)

    async def _yardstick(self) -> list[Figure]:
        self._rate = await yardstick.requests_per_second()
        return [yardstick.figure(self._rate)]

    async def _loans(self, running: Stack) -> list[Figure]:
        self.report.figures += await loans.steady(running)
        if self._rate is None:  # its part was not asked for, or failed: then this says why
            self.report.figures += await self._yardstick()
        assert self._rate is not None
        return await loans.sustained(running, self._rate)


def main() -> None:
    parts.main(
        "make bench-events",
        __doc__,
        PARTS,
        lambda chosen, full: Run(chosen, full=full)(),
        full="growth to ten million rows",
    )


if __name__ == "__main__":
    main()
