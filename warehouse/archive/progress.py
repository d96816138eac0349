"""How far an export or a restore has come: a bar at a terminal, a line now and then in a log."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

_PLAIN_EVERY = 5.0  # seconds between lines of progress where there is no terminal


class Progress:
    """One step after another, each of so many records; says nothing when `quiet`."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(stderr=True, quiet=quiet)
        self._plain = not quiet and not self._console.is_terminal
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=quiet or not self._console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None)
        self._step, self._done, self._total = "", 0, 0
        self._said = time.monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def begin(self, step: str, total: int | None) -> None:
        self._step, self._done, self._total = step, 0, total or 0
        self._bar.reset(self._task, description=step, total=total)

    def advance(self, by: int = 1) -> None:
        self._done += by
        self._bar.advance(self._task, by)
        now = time.monotonic()
        if self._plain and now - self._said > _PLAIN_EVERY:
            self._said = now
            of = f" of {self._total:,}" if self._total else ""
            self._console.print(f"{self._step}: {self._done:,}{of}", highlight=False)

    def far(self) -> str:
        """How far the step under way has come."""
        return f"{self._step}, {self._done:,} of {self._total:,} done"
