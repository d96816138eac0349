"""What a command says: a table for a person, JSON for a program, warnings beside both."""

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDE = 400  # columns of a table that goes into a file or a pipe: nothing is cut there


def as_json(content: object) -> None:
    """One JSON document, times as ISO 8601."""
    typer.echo(json.dumps(content, indent=2, default=_plain))


def as_line(content: object) -> None:
    """One JSON document on one line."""
    typer.echo(json.dumps(content, default=_plain, separators=(",", ":")))


def table(headings: Iterable[str], rows: Iterable[Iterable[object]], *, right: str = "") -> None:
    """A table of `rows`; the headings named in `right` are columns of numbers."""
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    numbers = right.split()
    for heading in headings:
        justify: Any = "right" if heading in numbers else "left"
        shown.add_column(heading, justify=justify, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(printable(_cell(cell))) for cell in row))
    _console().print(shown)


def fields(content: Mapping[str, object]) -> None:
    """Names and values, a line each."""
    width = max((len(name) for name in content), default=0)
    for name, value in content.items():
        say(printable(f"  {name:<{width}}  {_cell(value)}"))


def pretty(data: object) -> str:
    """JSON over several lines; a text that is none as it is."""
    if isinstance(data, str):
        return printable(data)
    return printable(json.dumps(data, indent=2, ensure_ascii=False))


def one_line(data: object) -> str:
    """JSON, or a text that is none, without a line break."""
    if isinstance(data, str):
        return data.replace("\n", "\\n")
    return json.dumps(data, ensure_ascii=False)


def say(text: str) -> None:
    typer.echo(text)


def warn(text: str) -> None:
    """A line on the error output: it never mixes with what a program reads."""
    typer.echo(f"warehouse: {text}", err=True)


def printable(text: str) -> str:
    """`text` without what would steer a terminal; a line break stays one."""
    return "".join(
        each if each.isprintable() or each == "\n" else each.encode("unicode_escape").decode()
        for each in text
    )


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


def _console() -> Console:
    width = None if sys.stdout.isatty() else WIDE
    return Console(highlight=False, soft_wrap=False, width=width)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
