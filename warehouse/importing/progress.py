"""How far an import is, on a terminal or in the log of a script."""

import time
from collections.abc import Mapping
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

_PLAIN_EVERY = 5.0  # seconds between lines of progress where there is no terminal


class Shown:
    """Progress goes to standard error, as a bar where somebody looks at it."""

    def __init__(self) -> None:
        self._err = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[rows]}"),
            TimeElapsedColumn(),
            console=self._err,
            disable=not self._err.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("handing in", total=None, rows="")
        self._said = time.monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def hear(self, job: Mapping[str, Any]) -> None:
        """A new state of the job."""
        read, applied, failed = job["rows_read"], job["rows_applied"], job["rows_failed"]
        total = job.get("rows_total")
        of = f"{read:,} rows so far" if total is None else f"{total:,} rows"
        rows = f"{applied:,} of {of}" + (f", {failed:,} failed" if failed else "")
        self._bar.update(
            self._task, description=job["state"], total=total, completed=applied, rows=rows
        )
        now = time.monotonic()
        if not self._err.is_terminal and now - self._said > _PLAIN_EVERY:
            self._said = now
            self._err.print(rows, highlight=False)
