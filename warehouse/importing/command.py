"""The `warehouse import` command line."""

# ruff: noqa: PLC0415 - imported when it runs, so that other commands answer at once

import asyncio
import sys
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.errors import OperatorError

if TYPE_CHECKING:
    from warehouse.importing.client import Password, Token
    from warehouse.importing.importer import Order
    from warehouse.importing.report import Tally

UrlOption = Annotated[
    str, typer.Option("--url", envvar="WAREHOUSE_URL", help="The platform's address.")
]


def import_file(
    context: typer.Context,
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="items, borrowers, locations or inventory")
    ],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV; its first row is headings.")],
    url: UrlOption = "http://127.0.0.1:8000",
    email: Annotated[
        str | None, typer.Option(envvar="WAREHOUSE_EMAIL", help="Who signs in.")
    ] = None,
    password: Annotated[
        str | None,
        typer.Option(envvar="WAREHOUSE_PASSWORD", help="Asked for when it is not given."),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(envvar="WAREHOUSE_TOKEN", help="An access token, instead of signing in."),
    ] = None,
    workspace: Annotated[
        str | None,
        typer.Option(help="Id, slug or name; needed where you have several."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=HEADER", help="The file calls FIELD otherwise. Repeatable."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            metavar="HEADER",
            help="The file's own identifier: kept as external_id, and what rows are found by.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen and change nothing.")
    ] = False,
    errors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the rows that failed here, as CSV.")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="Between cells; found out when it is , ; or tab.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Of the file, when it is not Unicode; such as cp1252.")
    ] = None,
    jobs: Annotated[int, typer.Option(help="Rows on their way at once.", min=1, max=64)] = 12,
) -> None:
    """Bring a CSV file of things into a workspace: new ones are made, known ones updated.

    Rows are found again by --key; without it items by sku, or by name where a row has none, and the
    rest by name. Good rows go in, each bad one is told by its number, and the exit code is 1 if
    there was any. An empty cell leaves its field as it is.
    """
    order = _order(kind, file, _pairs(column or []), key, delimiter, encoding)
    order = replace(order, dry_run=dry_run, jobs=jobs)
    if order.columns.ignored:
        names = ", ".join(order.columns.ignored)
        typer.echo(f"Ignored, because no field is called so: {names}", err=True)
    credentials = _credentials(email, password, token, _typed(context))
    try:
        tally = asyncio.run(_run(url, credentials, workspace, order, errors))
    except KeyboardInterrupt:
        typer.echo("Interrupted. What went in stays; run it again for the rest.", err=True)
        raise typer.Exit(130) from None
    typer.echo(tally.line(kind, dry_run=dry_run))
    raise typer.Exit(1 if tally.failed else 0)


def _order(
    name: str,
    file: Path,
    chosen: dict[str, str],
    key: str | None,
    delimiter: str | None,
    encoding: str | None,
) -> "Order":
    from warehouse.importing.columns import assign
    from warehouse.importing.importer import Order
    from warehouse.importing.kinds import KINDS
    from warehouse.importing.source import Source

    if name not in KINDS:
        raise OperatorError(f"There is no kind {name!r}; there are: {', '.join(KINDS)}.")
    if delimiter is not None and len(delimiter) != 1:
        raise OperatorError("A delimiter is one character.")
    source = Source(file, encoding=encoding, delimiter=delimiter)
    return Order(KINDS[name], source, assign(KINDS[name], source.headings, chosen, key))


def _pairs(columns: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for each in columns:
        field, equals, heading = (part.strip() for part in each.partition("="))
        if not (field and equals and heading):
            raise OperatorError(f"--column {each!r}: write FIELD=HEADER.")
        if pairs.setdefault(field, heading) != heading:
            raise OperatorError(f"--column names two columns for {field}.")
    return pairs


def _typed(context: typer.Context) -> set[str]:
    """The parameters that were written out: neither the environment's nor defaults."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {name for name, source in sources.items() if source and source.name == "COMMANDLINE"}


def _credentials(
    email: str | None, password: str | None, token: str | None, typed: Collection[str]
) -> "Password | Token":
    """Who signs in: what was typed comes before what the environment says."""
    from warehouse.importing.client import Password, Token

    signs_in = not {"email", "password"}.isdisjoint(typed)
    if signs_in and "token" in typed:
        raise OperatorError(
            "--token is given instead of --email and --password: leave one or the other out."
        )
    if token and not signs_in:
        return Token(token)
    if not email:
        raise OperatorError("Say who you are: --email, or --token.")
    if password is None:
        if not sys.stdin.isatty():
            raise OperatorError("The password is missing: set WAREHOUSE_PASSWORD.")
        password = typer.prompt("Password", hide_input=True, err=True)
    return Password(email, password)


async def _run(
    url: str,
    credentials: "Password | Token",
    wanted: str | None,
    order: "Order",
    errors: Path | None,
) -> "Tally":
    from warehouse.importing.client import Client
    from warehouse.importing.importer import Import
    from warehouse.importing.report import Terminal
    from warehouse.importing.workspaces import choose

    async with Client(url, credentials, connections=order.jobs) as client:
        workspace = await choose(client, wanted)
        with Terminal(order.source.headings, errors) as report:
            return await Import(client, workspace, order, report).run()
