"""What a run tells: its progress, every bad row, and what came of it."""

import csv
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Protocol, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from warehouse.errors import OperatorError
from warehouse.importing.faults import Fault
from warehouse.importing.source import Row

_PLAIN_EVERY = 5.0  # seconds between lines of progress where there is no terminal


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass
class Tally:
    """How many rows came to what, and the seconds it took."""

    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    seconds: float = 0.0

    @property
    def rows(self) -> int:
        return sum(self.counts.values())

    @property
    def failed(self) -> int:
        return self.counts[Outcome.FAILED]

    def line(self, kind: str, *, dry_run: bool) -> str:
        """The run in one line."""
        counts = self.counts
        would = "would be " if dry_run else ""
        made = ", ".join(
            f"{counts[each]:,} {would if each is not Outcome.FAILED else ''}{each}"
            for each in Outcome
        )
        rate = f" ({self.rows / self.seconds:,.0f} rows/s)" if self.seconds > 0 else ""
        return f"{kind}: {self.rows:,} rows: {made}; {self.seconds:.1f} s{rate}"


class Report(Protocol):
    """Who wants to know how a run goes."""

    def begins(self, total: int) -> None: ...

    def bad(self, row: Row, faults: Sequence[Fault]) -> None: ...

    def done(self) -> None:
        """One more row is dealt with, well or not."""


class Silence:
    """Nobody does; the bad rows are kept, for whoever asks afterwards."""

    def __init__(self) -> None:
        self.bad_rows: list[tuple[int, list[Fault]]] = []

    def begins(self, total: int) -> None:
        pass

    def bad(self, row: Row, faults: Sequence[Fault]) -> None:
        self.bad_rows.append((row.number, list(faults)))

    def done(self) -> None:
        pass


class Terminal:
    """A person at a terminal, or the log of a script: bad rows go to standard output and, with
    all their cells, into `errors`; progress goes to standard error."""

    def __init__(self, headings: Sequence[str], errors: Path | None) -> None:
        self._err = Console(stderr=True)
        self._out = Console(soft_wrap=True, highlight=False)
        self._errors = ErrorFile(errors, headings) if errors else None
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._err,
            disable=not self._err.is_terminal,
            redirect_stdout=sys.stdout.isatty(),
            transient=True,
        )
        self._task = self._bar.add_task("importing", total=None)
        self._total = self._dealt_with = 0
        self._said = time.monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()
        if self._errors:
            self._errors.close()

    def begins(self, total: int) -> None:
        self._total = total
        self._bar.update(self._task, total=total)

    def bad(self, row: Row, faults: Sequence[Fault]) -> None:
        console = self._bar.console if sys.stdout.isatty() and self._err.is_terminal else self._out
        for name, reason in faults:
            console.print(f"row {row.number}: {escape(name)}: {escape(reason)}", highlight=False)
        if self._errors:
            self._errors.add(row, faults)

    def done(self) -> None:
        self._dealt_with += 1
        self._bar.advance(self._task)
        now = time.monotonic()
        if not self._err.is_terminal and now - self._said > _PLAIN_EVERY:
            self._said = now
            self._err.print(f"{self._dealt_with:,} of {self._total:,} rows", highlight=False)


class ErrorFile:
    """A CSV file of the rows that failed, to be mended and imported again: their cells, and why.
    Made with the first of them."""

    def __init__(self, path: Path, headings: Sequence[str]) -> None:
        if not path.parent.is_dir():
            raise OperatorError(f"{path} can't be written: there is no folder {path.parent}.")
        self._path = path
        self._headings = headings
        self._file: IO[str] | None = None
        self._writer: Any = None

    def add(self, row: Row, faults: Sequence[Fault]) -> None:
        if self._file is None:
            try:
                self._file = self._path.open("w", encoding="utf-8-sig", newline="")
            except OSError as error:
                raise OperatorError(f"{self._path} can't be written: {error}") from error
            self._writer = csv.writer(self._file)
            self._writer.writerow([*self._headings, "row", "field", "reason"])
        cells = (row.cells + [""] * len(self._headings))[: len(self._headings)]
        fields, reasons = zip(*faults, strict=True)
        self._writer.writerow([*cells, row.number, "; ".join(fields), "; ".join(reasons)])

    def close(self) -> None:
        if self._file:
            self._file.close()
