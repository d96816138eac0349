"""A workspace into an archive, over the public API."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from warehouse.archive.api import FileClient
from warehouse.archive.json_archive import JsonWriter
from warehouse.archive.kinds import BY_FEED, BY_NAME, FEEDS, KINDS
from warehouse.archive.manifest import Manifest, WorkspaceRecord
from warehouse.archive.progress import Progress
from warehouse.archive.staging import Staging
from warehouse.archive.workbook_archive import WorkbookWriter
from warehouse.errors import OperatorError
from warehouse.importing.client import RefusedError

_PAGE = 200
_ROUNDS = 5  # of what changed while it was read
_IN_MEMORY = 4 * 1024 * 1024  # bytes of a file on its way


class Writer(Protocol):
    """A container of an archive."""

    carries_files: bool

    def add_file(self, attachment_id: str, content: IO[bytes]) -> None: ...

    def write(self, manifest: Manifest, staging: Staging) -> None: ...

    def close(self) -> None: ...


WRITERS: dict[str, Callable[[Path], Writer]] = {"json": JsonWriter, "xlsx": WorkbookWriter}


@dataclass
class Exported:
    """What came of an export."""

    counts: dict[str, int]
    left_out: list[str]


@dataclass
class Export:
    """One export of a workspace, which `staging` holds meanwhile."""

    client: FileClient
    workspace_id: str
    staging: Staging
    progress: Progress
    left_out: list[str] = field(default_factory=list)

    async def into(self, path: Path, format_: str) -> Exported:
        """Write the archive; a file of this name is there once it is whole, and is the user's
        alone to read."""
        manifest = await self.read()
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            part.touch(mode=0o600)  # it tells who borrows what, and how to reach them
            writer = WRITERS[format_](part)
            try:
                await self._copy_files(writer)
                manifest.counts = self.staging.counts()
                if not writer.carries_files:
                    manifest.counts["attachments"] = 0
                manifest.left_out = self.left_out
                self.progress.begin("writing", None)
                writer.write(manifest, self.staging)
            finally:
                writer.close()
            part.replace(path)
        except OSError as error:
            raise OperatorError(f"{path} can't be written: {error}") from error
        finally:
            part.unlink(missing_ok=True)
        return Exported(manifest.counts, self.left_out)

    async def read(self) -> Manifest:
        """Read everything into the staging area: until nothing changed while it was read."""
        workspace = await self.client.get(f"/v1/workspaces/{self.workspace_id}")
        manifest = Manifest(
            exported_from=self.client.url,
            workspace=WorkspaceRecord.model_validate(workspace),
            counts={},
        )
        manifest.only_defined = await self._policy()
        self.progress.begin("reading", None)
        cursors: dict[str, str] = {}
        for _ in range(_ROUNDS):
            if not sum([await self._read_feed(name, cursors) for name in FEEDS]):
                break
        await self._read_favorites()
        self._close()
        return manifest

    async def _policy(self) -> bool | None:
        try:
            found = await self.client.get(self._path("custom-field-policy"))
        except RefusedError as refused:
            if refused.status == 404:  # a platform from before there were custom fields
                return None
            raise
        return bool(found["only_defined"])

    async def _read_feed(self, service: str, cursors: dict[str, str]) -> int:
        """Read what a feed has new; how much that was."""
        read, has_more = 0, True
        while has_more:
            since = {"since": cursors[service]} if service in cursors else {}
            page = await self.client.get(self._path(f"changes/{service}"), limit=_PAGE, **since)
            for change in page["items"]:
                self._note(service, change)
            cursors[service], has_more = page["next_cursor"], page["has_more"]
            read += len(page["items"])
            self.progress.advance(len(page["items"]))
        return read

    def _note(self, service: str, change: dict[str, Any]) -> None:
        kind = BY_FEED.get((service, change["kind"]))
        if kind is None:
            told = f"{change['kind']}: this version of the command does not know them"
            if told not in self.left_out:
                self.left_out.append(told)
        elif change["data"] is not None:
            self.staging.put(kind, change["data"])
        elif kind.identity == "id":
            self.staging.drop(kind.name, change["id"])

    async def _read_favorites(self) -> None:
        """The caller's own: nobody sees other people's."""
        async for favorite in self.client.pages(self._path("favorites")):
            record = {"item_id": favorite["item"]["id"], "favorited_at": favorite["favorited_at"]}
            self.staging.put(BY_NAME["favorites"], record)

    def _close(self) -> None:
        """Leave out what names things that are gone, so that the archive is whole in itself."""
        for kind in KINDS:
            count = 0
            while gone := {each[0] for each in self.staging.dangling(kind)}:
                for identity in gone:
                    self.staging.drop(kind.name, identity)
                count += len(gone)
            if count:
                self.left_out.append(
                    f"{count:,} {kind.name}: what they belong to was deleted meanwhile"
                )

    async def _copy_files(self, writer: Writer) -> None:
        count = self.staging.count("attachments")
        if not writer.carries_files:
            if count:
                self.left_out.append(
                    f"{count:,} attachments: a workbook holds no files; --format json does"
                )
                for attachment in self.staging.all("attachments"):
                    self.staging.drop("attachments", attachment["id"])
            return
        self.progress.begin("attachments", count)
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as content:
            for attachment in self.staging.all("attachments"):
                path = self._path(f"attachments/{attachment['id']}/content")
                try:
                    await self.client.fetch_file(path, content)
                except RefusedError as refused:
                    if refused.status != 404:
                        raise
                    self.staging.drop("attachments", attachment["id"])  # deleted meanwhile
                else:
                    content.seek(0)
                    writer.add_file(attachment["id"], content)
                self.progress.advance()

    def _path(self, resource: str) -> str:
        return f"/v1/workspaces/{self.workspace_id}/{resource}"


async def choose(client: FileClient, wanted: str | None) -> str:
    """The id of the caller's workspace of this id, slug or name, or of the only one; viewers may
    export, too."""
    mine = [each async for each in client.pages("/v1/workspaces")]
    fitting = mine
    if wanted is not None:
        for of in ("id", "slug", "name"):
            fitting = [each for each in mine if str(each[of]).casefold() == wanted.casefold()]
            if fitting:
                break
    if len(fitting) != 1:
        listed = "\n".join(f"  {each['id']}  {each['slug']}  {each['name']}" for each in mine)
        what = "Say which workspace" if len(fitting) > 1 else f"No workspace of yours is {wanted!r}"
        raise OperatorError(f"{what}: --workspace ID, slug or name. Yours are:\n{listed}")
    return str(fitting[0]["id"])
