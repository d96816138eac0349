"""The `warehouse import` command line."""

# ruff: noqa: PLC0415 - imported when it runs, so that other commands answer at once

import asyncio
import json
import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.errors import OperatorError

if TYPE_CHECKING:
    from warehouse.importing.client import Password, Token
    from warehouse.importing.jobs import Import, Order, Result

MOST_SHOWN = 100  # faults
KINDS = (
    *("items", "categories", "labels", "companies", "locations", "containers"),
    *("inventory", "borrowers", "loans", "mixed"),
)
EXPORTS = ("homebox", "snipe-it")

UrlOption = Annotated[
    str, typer.Option("--url", envvar="WAREHOUSE_URL", help="The platform's address.")
]


def import_file(
    context: typer.Context,
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="items, categories, labels, companies, locations, containers, inventory, "
            "borrowers, loans; mixed: items and where each is; homebox or snipe-it: their exports",
        ),
    ],
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV or XLSX; one row names the columns.")
    ],
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
    map_: Annotated[
        str | None,
        typer.Option("--map", help='auto, homebox, snipe-it, or JSON: {"HEADER": "FIELD"}.'),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            metavar="HEADER",
            help="What rows are found by: a field such as sku, or the file's own identifier, "
            "which is kept as external_id.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen and change nothing.")
    ] = False,
    create_missing: Annotated[
        bool,
        typer.Option("--create-missing", help="Make places, categories and so on that rows name."),
    ] = False,
    attributes: Annotated[
        bool, typer.Option("--attributes", help="Keep columns that no field is called like.")
    ] = False,
    errors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the rows that failed here, as CSV.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option(help="Of prices without one; the workspace's by default.")
    ] = None,
    date_format: Annotated[
        str | None, typer.Option(help="Of dates that could be read in several ways: MM/DD/YYYY.")
    ] = None,
    location: Annotated[
        str | None, typer.Option(metavar="PATH", help="Where things go whose row names no place.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Of XLSX; the first by default.")] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="Between cells; found out when it is , ; or tab.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Of the file, when it is found out wrongly; such as cp1252.")
    ] = None,
) -> None:
    """Bring a CSV or XLSX file of things into a workspace: new ones are made, known ones updated.

    Rows are found again by --key; without it by the first that they have of external_id, sku,
    barcode and name. Good rows go in, each bad one is told by its number, and the exit code is 1 if
    there was any. An empty cell leaves its field as it is. The platform does the work: it goes on
    if this command is lost, and reads no further row when it is interrupted.
    """
    said = {
        "currency": currency,
        "date_format": date_format,
        "location": location,
        "sheet": sheet,
        "delimiter": delimiter,
        "encoding": encoding,
        "key": key,
    }
    parameters: dict[str, str | int] = {name: text for name, text in said.items() if text}
    parameters |= _what(kind, map_, _pairs(column or []))
    for name, is_so in (("dry_run", dry_run), ("create_missing", create_missing)):
        if is_so:
            parameters[name] = "true"
    if attributes:
        parameters["unknown"] = "attributes"
    order = _order(file, errors, parameters)
    credentials = _credentials(email, password, token, _typed(context))
    try:
        result = asyncio.run(_run(url, credentials, workspace, order, errors))
    except KeyboardInterrupt:
        typer.echo("Interrupted. What went in stays; run it again for the rest.", err=True)
        raise typer.Exit(130) from None
    for line in result.lines():
        typer.echo(line)
    if result.job["state"] != "completed":
        why = result.job["failure"] or "It was cancelled."
        raise OperatorError(f"{file} did not go in to its end. {why}")
    raise typer.Exit(1 if result.failed else 0)


def _what(kind: str, map_: str | None, chosen: dict[str, str]) -> dict[str, str | int]:
    """The parameters that say what rows and columns are."""
    if kind in EXPORTS:
        if map_ not in (None, kind):
            raise OperatorError(f"{kind} has its own map; leave out --map.")
        return {"map": kind}
    if kind not in KINDS:
        raise OperatorError(
            f"There is no kind {kind!r}; there are: {', '.join((*KINDS, *EXPORTS))}."
        )
    if chosen and map_ is not None:
        raise OperatorError("--map says what --column does; leave out one or the other.")
    if chosen:
        map_ = json.dumps({heading: field for field, heading in chosen.items()})
    return {"kind": kind, "map": map_} if map_ else {"kind": kind}


def _order(file: Path, errors: Path | None, parameters: dict[str, str | int]) -> "Order":
    from warehouse.importing.jobs import Order

    if file.is_dir():
        raise OperatorError(f"{file} is a folder; name a file in it.")
    if not file.is_file():
        raise OperatorError(f"{file} can't be read: there is no such file.")
    if errors is not None and not errors.parent.is_dir():
        raise OperatorError(f"{errors} can't be written: there is no folder {errors.parent}.")
    return Order(file, parameters)


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
) -> "Result":
    from warehouse.importing.client import Client
    from warehouse.importing.jobs import Import
    from warehouse.importing.progress import Shown
    from warehouse.importing.workspaces import choose

    async with Client(url, credentials) as client:
        workspace = await choose(client, wanted)
        with Shown() as progress:
            import_ = Import(client, workspace, progress.hear)
            result = await import_.run(order)
        if ignored := result.job["ignored_columns"]:
            names = ", ".join(ignored)
            typer.echo(f"Ignored, because no field is called so: {names}", err=True)
        if result.failed and errors is not None:
            await import_.save_faults(result, errors)
        if result.failed:
            await _tell(import_, result, errors)
        return result


async def _tell(import_: "Import", result: "Result", errors: Path | None) -> None:
    shown = 0
    async for fault in import_.faults(result):
        shown += 1
        if shown <= MOST_SHOWN:
            typer.echo(f"row {fault.line}: {fault.message}")
    if shown > MOST_SHOWN:
        where = f"{errors} has" if errors else "--errors FILE has"
        typer.echo(f"... and {shown - MOST_SHOWN:,} more; {where} them all.")
