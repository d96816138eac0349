"""`warehouse contracts`: write the contract's files from the code, and check them."""

# ruff: noqa: PLC0415 - imported when it runs, so that other commands answer at once

import sys
from pathlib import Path
from typing import Annotated

import typer

from warehouse.errors import OperatorError

app = typer.Typer(help="The public contract, for those who change it.", no_args_is_help=True)

RootOption = Annotated[
    Path | None, typer.Option("--root", help="The project's folder, when it is another one.")
]


@app.command()
def write(root: RootOption = None) -> None:
    """Write every file of the contract anew. Refuses a change that breaks a version's promise."""
    from warehouse.contracts import checks, declared, files

    folder, events, heard = root or files.ROOT, declared.events(), declared.heard()
    if found := checks.incompatible(folder, events) + checks.gone(folder, events):
        _tell(found)
        raise OperatorError(
            "Nothing was written. Within a version, fields are only added, and only optional ones. "
            "Raise the event's schema_version, or take the change back. (An event that was never "
            "released: remove its file first.)"
        )
    written = 0
    for name, text in files.generated(events, heard).items():
        path = folder / name
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            typer.echo(f"contract.written file={name}")
            written += 1
    typer.echo(f"contracts.current events={len(events)} written={written}")


@app.command()
def check(root: RootOption = None) -> None:
    """Fail when the files are stale, a version's promise is broken, or a consumer does not fit."""
    from warehouse.contracts import checks, declared, files

    folder, events, heard = root or files.ROOT, declared.events(), declared.heard()
    promises = checks.incompatible(folder, events) + checks.gone(folder, events)
    promises += checks.unfit(events, heard)
    old = checks.stale(folder, files.generated(events, heard))
    _tell([*old, *promises])
    said = ["The contract is broken where the lines above say."] if promises else []
    said += ["The contract's files are stale: run `warehouse contracts write`."] if old else []
    if said:
        raise OperatorError(" ".join(said))
    readers = sum(map(len, heard.values()))
    typer.echo(f"contracts.hold events={len(events)} consumed={readers}")


@app.command()
def release(root: RootOption = None) -> None:
    """Note today's schemas as released: from now on no change may break them. For a release."""
    from warehouse.contracts import declared, files, released

    count = released.write(root or files.ROOT, declared.events())
    typer.echo(f"contracts.released schemas={count}")


def _tell(lines: list[str]) -> None:
    for line in lines:
        print(line, file=sys.stderr)
