"""The command lines of `warehouse export` and `warehouse restore`."""

# ruff: noqa: PLC0415 - imported when it runs, so that other commands answer at once

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.errors import OperatorError
from warehouse.importing.command import UrlOption, _credentials, _typed

if TYPE_CHECKING:
    from warehouse.archive.comparing import Difference
    from warehouse.archive.exporting import Exported
    from warehouse.archive.making import Report
    from warehouse.archive.restoring import Restore
    from warehouse.importing.client import Password, Token

EmailOption = Annotated[str | None, typer.Option(envvar="WAREHOUSE_EMAIL", help="Who signs in.")]
PasswordOption = Annotated[
    str | None,
    typer.Option(envvar="WAREHOUSE_PASSWORD", help="Asked for when it is not given."),
]
TokenOption = Annotated[
    str | None,
    typer.Option(envvar="WAREHOUSE_TOKEN", help="An access token, instead of signing in."),
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="No progress; what came of it only.")]
# Formats, the first of them by default, and how their files' names end.
_ARCHIVES = {"json": ".zip", "xlsx": ".xlsx"}
_TABLES = {"csv": ".csv", "xlsx": ".xlsx"}


def export_workspace(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The archive, or the table, to write.")
    ],
    url: UrlOption = "http://127.0.0.1:8000",
    email: EmailOption = None,
    password: PasswordOption = None,
    token: TokenOption = None,
    workspace: Annotated[
        str | None, typer.Option(help="Id, slug or name; needed where you have several.")
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="json or xlsx, of one kind csv or xlsx; by default as the file's name ends.",
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help="Only things of this kind, as a table that `warehouse import` reads: items, "
            "categories, labels, companies, locations, containers, inventory, borrowers, loans."
        ),
    ] = None,
    archived: Annotated[
        bool, typer.Option("--archived", help="Of that kind, what is archived instead.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the file if there is one.")
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Write a whole workspace into a file that `warehouse restore` makes it from again.

    json is a zip of JSON lines with the attachments; xlsx is a workbook with a sheet for each kind
    of thing, without attachments. With --kind it is a table of one kind of thing instead, whose
    columns are those that an import of them reads.
    """
    formats = _ARCHIVES if kind is None else _TABLES
    chosen = format_ or _format_of(file, formats)
    _check_target(file, chosen, formats, named=format_ is not None, overwrite=overwrite)
    if archived and kind is None:
        raise OperatorError("An archive has what is archived, too; --archived goes with --kind.")
    credentials = _credentials(email, password, token, _typed(context))
    started = time.monotonic()
    try:
        if kind is None:
            exported = asyncio.run(_export(url, credentials, workspace, file, chosen, quiet=quiet))
        else:
            asyncio.run(_save(url, credentials, workspace, file, chosen, kind, archived=archived))
    except KeyboardInterrupt:
        typer.echo("Interrupted; no file was written.", err=True)
        raise typer.Exit(130) from None
    if kind is not None:
        typer.echo(f"{file}: {kind}{_took(started, quiet=quiet)}")
        return
    for what in exported.left_out:
        typer.echo(f"left out: {what}")
    typer.echo(f"{file}: {_counted(exported.counts)}{_took(started, quiet=quiet)}")


def restore_workspace(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `warehouse export` wrote.")],
    url: UrlOption = "http://127.0.0.1:8000",
    email: EmailOption = None,
    password: PasswordOption = None,
    token: TokenOption = None,
    name: Annotated[
        str | None, typer.Option(help="Of the new workspace; the old one's by default.")
    ] = None,
    into: Annotated[
        str | None,
        typer.Option(
            metavar="WORKSPACE", help="Go on in the workspace that an interrupted restore made."
        ),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare every field afterwards.")
    ] = False,
    jobs: Annotated[int, typer.Option(help="Requests on their way at once.", min=1, max=64)] = 12,
    quiet: QuietOption = False,
) -> None:
    """Make a workspace anew from an archive, equal in every field that the API lets be set.

    The archive is checked as a whole first. What could not be restored is told at the end, and
    the exit code is 1 if there was anything that should have been.
    """
    if name and into:
        raise OperatorError("--into goes on in a workspace that has its name; leave --name out.")
    credentials = _credentials(email, password, token, _typed(context))
    begun: list[Restore] = []
    started = time.monotonic()
    try:
        report, found = asyncio.run(
            _restore(url, credentials, file, name, into, begun, jobs, verify=verify, quiet=quiet)
        )
    except KeyboardInterrupt:
        typer.echo(f"Interrupted. {_how_to_go_on(file, begun)}", err=True)
        raise typer.Exit(130) from None
    except OperatorError as error:
        if begun and begun[0].workspace_id:
            raise OperatorError(f"{error}\n{_how_to_go_on(file, begun)}") from error
        raise
    for where, why in report.faults:
        typer.echo(f"{where}: {why}")
    if report.failed > len(report.faults):
        typer.echo(f"and {report.failed - len(report.faults):,} more")
    for what, count in sorted(report.told.items()):
        typer.echo(f"not restored: {what} ({count:,})")
    for difference in found or ():
        typer.echo(f"differs: {difference}")
    if found == []:
        what = "what was restored is " if report.failed else ""
        typer.echo(f"verified: {what}equal in every field")
    made = f"{_counted(report.made)}, failed {report.failed:,}"
    typer.echo(f"{begun[0].workspace_id}: {made}{_took(started, quiet=quiet)}")
    raise typer.Exit(1 if report.failed or found else 0)


def _format_of(file: Path, formats: Mapping[str, str]) -> str:
    suffix = file.suffix.lower().removeprefix(".")
    return suffix if suffix in formats else next(iter(formats))


def _check_target(
    file: Path, format_: str, formats: Mapping[str, str], *, named: bool, overwrite: bool
) -> None:
    """`named`: by --format, rather than by how the file's name ends."""
    if format_ not in formats:
        raise OperatorError(f"There is no format {format_!r}; there are: {', '.join(formats)}.")
    if format_ == "csv" and not named and file.suffix.lower() != ".csv":
        raise OperatorError(
            f"{file} does not say what it is to be: end it in .csv or .xlsx, or give --format."
        )
    if (file.suffix.lower() == ".xlsx") != (format_ == "xlsx"):
        other, suffix = next(iter(formats.items()))
        raise OperatorError(
            f"{file} is known by its name: end it in .xlsx for --format xlsx, and in {suffix} for "
            f"{other}."
        )
    if file.exists() and not overwrite:
        raise OperatorError(f"{file} is there already; choose another name, or --overwrite.")
    if not file.parent.is_dir():
        raise OperatorError(f"{file} can't be written: there is no folder {file.parent}.")


def _how_to_go_on(file: Path, begun: "list[Restore]") -> str:
    if not begun or not begun[0].workspace_id:
        return "Nothing was made."
    restore = begun[0]
    return (
        f"It came as far as: {restore.progress.far()}. What went in stays; go on within a day "
        f"with:\n  warehouse restore {file} --into {restore.workspace_id}"
    )


def _took(started: float, *, quiet: bool) -> str:
    return "" if quiet else f"; {time.monotonic() - started:.1f} s"


def _counted(counts: "dict[str, int]") -> str:
    said = [f"{kind.replace('_', ' ')} {count:,}" for kind, count in counts.items() if count]
    return ", ".join(said) or "nothing"


async def _export(
    url: str,
    credentials: "Password | Token",
    wanted: str | None,
    file: Path,
    format_: str,
    *,
    quiet: bool,
) -> "Exported":
    from warehouse.archive.api import FileClient
    from warehouse.archive.exporting import Export, choose
    from warehouse.archive.progress import Progress
    from warehouse.archive.staging import Staging

    async with FileClient(url, credentials) as client:
        workspace_id = await choose(client, wanted)
        with Staging() as staging, Progress(quiet=quiet) as progress:
            return await Export(client, workspace_id, staging, progress).into(file, format_)


async def _save(
    url: str,
    credentials: "Password | Token",
    wanted: str | None,
    file: Path,
    format_: str,
    kind: str,
    *,
    archived: bool,
) -> None:
    from warehouse.archive.api import FileClient
    from warehouse.archive.exporting import choose
    from warehouse.archive.tables import KINDS, save

    if kind not in KINDS:
        raise OperatorError(f"There is no kind {kind!r}; there are: {', '.join(KINDS)}.")
    async with FileClient(url, credentials) as client:
        workspace_id = await choose(client, wanted)
        await save(client, workspace_id, kind, format_, file, archived=archived)


async def _restore(
    url: str,
    credentials: "Password | Token",
    file: Path,
    name: str | None,
    into: str | None,
    begun: "list[Restore]",
    jobs: int,
    *,
    verify: bool,
    quiet: bool,
) -> "tuple[Report, list[Difference] | None]":
    from warehouse.archive.api import FileClient
    from warehouse.archive.loading import load, open_archive
    from warehouse.archive.progress import Progress
    from warehouse.archive.restoring import Restore
    from warehouse.archive.staging import Staging

    async with FileClient(url, credentials, connections=jobs) as client:
        with open_archive(file) as reader, Staging() as staging, Progress(quiet=quiet) as progress:
            load(reader, staging, progress)
            restore = Restore(client, reader, staging, progress, jobs)
            begun.append(restore)
            report = await restore.run(name=name, into=into)
            return report, await restore.verify() if verify else None
