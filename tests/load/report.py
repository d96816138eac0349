"""Figures beside their budgets: as a table for people, as JSON for programs."""

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Budget:
    """The bound of a figure, in its unit."""

    bound: float
    is_least: bool  # whether the figure has to reach it, rather than to stay below

    def holds(self, value: float) -> bool:
        return value >= self.bound if self.is_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.is_least else '≤'} {_number(self.bound)}"


def at_least(bound: float) -> Budget:
    return Budget(bound, is_least=True)


def at_most(bound: float) -> Budget:
    return Budget(bound, is_least=False)


@dataclass(frozen=True)
class Figure:
    """One number that was measured. `note` says what makes it understood."""

    part: str
    what: str
    value: float
    unit: str
    budget: Budget | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        return None if self.budget is None else self.budget.holds(self.value)


@dataclass
class Report:
    """What one run measured, and why some of it came to no figure; by part, how long it took, and
    how busy the machine was with other things just before, in percent of all cores."""

    figures: list[Figure] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    busy: dict[str, float] = field(default_factory=dict)

    def table(self) -> str:
        rows = [
            (
                one.part,
                one.what,
                f"{_number(one.value)} {one.unit}",
                "" if one.budget is None else str(one.budget),
                {None: "", True: "met", False: "MISSED"}[one.met],
                one.note,
            )
            for one in self.figures
        ]
        lines = _aligned([("part", "what", "measured", "budget", "", ""), *rows])
        failures = [f"{part} failed: {why}" for part, why in self.failures.items()]
        return "\n".join([*lines, "", *failures, self._footer()])

    def json(self) -> str:
        figures = [{**asdict(one), "met": one.met} for one in self.figures]
        for figure, one in zip(figures, self.figures, strict=True):
            figure["budget"] = None if one.budget is None else str(one.budget)
        return json.dumps(
            {
                "figures": figures,
                "failures": self.failures,
                "seconds": {part: round(took, 1) for part, took in self.seconds.items()},
                "busy_percent": self.busy,
                "cores": os.cpu_count(),
                "python": platform.python_version(),
            },
            indent=2,
            ensure_ascii=False,
        )

    def _footer(self) -> str:
        took = ", ".join(
            f"{part} {seconds:.0f} s ({self.busy[part]:.0f} %)"
            for part, seconds in self.seconds.items()
        )
        return (
            f"{os.cpu_count()} cores, Python {platform.python_version()}; each part's time, and "
            f"how busy the machine was just before: {took}"
        )


def costs(part: str, what: str, each: Mapping[str, float]) -> Figure:
    """CPU of all processes for one `what`, and whose."""
    note = ", ".join(f"{name} {milliseconds:.1f}" for name, milliseconds in each.items())
    return Figure(part, f"CPU, all processes, {what}", sum(each.values()), "ms", note=note)


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest value that `percent` of all `values` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _number(value: float) -> str:
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"
