"""The parts of a measurement, one after another, each into the report whatever others came to."""

import argparse
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import psutil
import uvloop
from load.report import Figure, Report

BREATH = 1.0  # seconds in which the others' load is looked at
T = TypeVar("T")


def do(report: Report, part: str, measure: Callable[[], Awaitable[list[Figure]]]) -> None:
    """Measure one part; one that comes to no figure is noted with its reason."""
    print(f"{part} ...", file=sys.stderr, flush=True)
    report.busy[part] = psutil.cpu_percent(interval=BREATH)
    began = time.monotonic()
    try:
        report.figures += run(measure)
    except Exception as error:  # noqa: BLE001 - the other parts' figures are worth having
        report.failures[part] = f"{type(error).__name__}: {error}"
    report.seconds[part] = time.monotonic() - began


def run(measure: Callable[[], Awaitable[T]]) -> T:
    async def awaited() -> T:
        return await measure()

    return uvloop.run(awaited())


def main(
    program: str,
    description: str | None,
    parts: Sequence[str],
    measured: Callable[[Sequence[str], bool], Report],
    *,
    full: str,
) -> None:
    """The command: some of the `parts` or all, `--json`, and `--full`, which `full` explains."""
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(parts))
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--full", action="store_true", help=full)
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.parts) - set(parts)):
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(parts)}")
    report = measured(arguments.parts or parts, arguments.full)
    print(report.json() if arguments.json else report.table())
    sys.exit(1 if report.failures else 0)
