"""`warehouse check`: whether what always has to hold does."""

# ruff: noqa: PLC0415 - imported when it runs, so that other commands answer at once

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer

from warehouse.operating import printing
from warehouse.operating.options import HOME, HomeOption, JsonOption, addresses, run

check_app = typer.Typer(help="Whether what always has to hold does.", no_args_is_help=True)


@check_app.callback()
def check() -> None:
    """Whether what always has to hold does."""


@check_app.command(epilog="Example: warehouse check ledger --json")
def ledger(
    home: HomeOption = HOME,
    workspace: Annotated[
        UUID | None, typer.Option("--workspace", metavar="ID", help="Of this one alone.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Whether inventory's books hold, while it runs.

    The ledger sums to what is there, holds to what is held, trees are trees. Exit code 1 when
    something differs.
    """
    from warehouse.operating import ledger as ledgers

    books = run(ledgers.check(addresses(home), workspace))
    if as_json:
        printing.as_json({"balance": books.balance, **asdict(books)})
    else:
        if books.differences:
            printing.table(
                ("check", "workspace", "id", "problem"),
                (asdict(each).values() for each in books.differences),
            )
        wrong = sum(books.found.values())
        printing.say(
            f"{books.entries:,} entries and {books.movements:,} movements: "
            + (f"{wrong:,} things differ." if wrong else "the books balance.")
        )
        if wrong > len(books.differences):
            printing.say(f"The first {len(books.differences)} are shown.")
    if not books.balance:
        raise typer.Exit(1)
