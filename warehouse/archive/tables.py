"""Things of one kind into a file that `warehouse import` reads."""

import os
from pathlib import Path

from warehouse.archive.api import FileClient
from warehouse.errors import OperatorError
from warehouse.importing.client import RefusedError

KINDS = (
    *("items", "categories", "labels", "companies", "locations", "containers"),
    *("inventory", "borrowers", "loans"),
)


async def save(
    client: FileClient, workspace_id: str, kind: str, format_: str, path: Path, *, archived: bool
) -> None:
    """Write the file; it is there once it is whole, and is the user's alone to read."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    if archived and kind == "loans":
        raise OperatorError("Loans are not archived; without --archived it is those that are out.")
    only = "&archived=true" if archived else ""
    address = f"/v1/workspaces/{workspace_id}/exports/{kind}?format={format_}{only}"
    try:
        part.touch(mode=0o600)  # it may tell who borrows what, and how to reach them
        with part.open("wb") as opened:
            await client.fetch_file(address, opened)
        part.replace(path)
    except RefusedError as refused:
        said = [message for _, message, _ in refused.errors] or [refused.detail]
        raise OperatorError(" ".join(said)) from refused
    except OSError as error:
        raise OperatorError(f"{path} can't be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)
