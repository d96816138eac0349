"""The `warehouse demo-library` command line."""

# ruff: noqa: PLC0415 - imported when it runs, so that other commands answer at once

import asyncio
import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from warehouse.demo.dataset import Dataset
    from warehouse.demo.library import Extent, Result


def demo_library(
    url: Annotated[
        str | None,
        typer.Option(help="A running platform; without it, one is started and thrown away."),
    ] = None,
    books: Annotated[Path | None, typer.Option(help="The dataset's file of books.")] = None,
    members: Annotated[Path | None, typer.Option(help="The dataset's file of members.")] = None,
    titles: Annotated[int, typer.Option(help="How many titles are lent.", min=1, max=200)] = 100,
    clients: Annotated[int, typer.Option(help="How many lend at once.", min=1, max=64)] = 8,
) -> None:
    """Run a real library: 6,020 titles, 5,235 members, its most borrowed books lent as often as
    its cards say; then check every number.

    The dataset is that of the Shakespeare and Company Project, looked for in ../shared/data beside
    the project unless --books and --members say where it is.
    """
    from warehouse.demo.dataset import BOOKS, FOLDER, MEMBERS, Dataset
    from warehouse.demo.library import Extent

    dataset = Dataset(books or FOLDER / BOOKS, members or FOLDER / MEMBERS)
    began = time.monotonic()
    result = asyncio.run(_run(url, dataset, Extent(titles, clients)))
    _print(result, time.monotonic() - began)


async def _run(url: str | None, dataset: "Dataset", extent: "Extent") -> "Result":
    from warehouse.demo.library import run
    from warehouse.demo.own_platform import own_platform

    async with contextlib.AsyncExitStack() as stack:
        if url is None:
            typer.echo("Starting a platform for this run")
            url = await stack.enter_async_context(own_platform())
        return await run(url, dataset, extent, typer.echo)


def _print(result: "Result", seconds: float) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="The library in numbers")
    table.add_column("what")
    for heading in ("rows", "seconds", "per second"):
        table.add_column(heading, justify="right")
    for name, tally in result.imports:
        table.add_row(name, *_rate(tally.rows, tally.seconds))
    lent = result.lent
    table.add_row("loans, lent and returned", *_rate(lent.loans, lent.seconds))
    Console().print(table)
    typer.echo(
        f"A loan was active after {lent.latency(0.5) * 1000:.1f} ms (p50), "
        f"{lent.latency(0.99) * 1000:.1f} ms (p99); {lent.refused:,} requests came before the "
        f"copy's return had arrived, {lent.late:,} were answered before their outcome."
    )
    for line in result.found:
        typer.echo(f"✓ {line}")
    typer.echo(f"All of it took {seconds:.0f} s.")


def _rate(count: int, seconds: float) -> tuple[str, str, str]:
    return f"{count:,}", f"{seconds:.1f}", f"{count / seconds:,.0f}" if seconds else "-"
