"""An archive into the staging area, checked as a whole before anything is made of it."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Protocol

from warehouse.archive.api import PART
from warehouse.archive.json_archive import JsonReader
from warehouse.archive.kinds import KINDS, Kind
from warehouse.archive.manifest import ArchiveError, Manifest
from warehouse.archive.progress import Progress
from warehouse.archive.records import fault_of
from warehouse.archive.staging import Staging
from warehouse.archive.workbook_archive import WorkbookReader


class Reader(AbstractContextManager["Reader"], Protocol):
    """A container of an archive; raises `ArchiveError` for whatever is wrong with it."""

    manifest: Manifest
    carries_files: bool

    def where(self, kind: str, place: int) -> str: ...

    def records(self, kind: str) -> Iterator[tuple[int, str]]: ...

    def open_file(self, attachment_id: str) -> IO[bytes]: ...


def open_archive(path: Path) -> Reader:
    """The archive in a file, whichever of both formats it has."""
    if path.is_dir():
        raise ArchiveError(f"{path} is a folder; name an archive in it.")
    if not path.is_file():
        raise ArchiveError(f"{path}: there is no such file.")
    if path.suffix.lower() == ".xlsx":
        return WorkbookReader(path)
    return JsonReader(path)


def load(reader: Reader, staging: Staging, progress: Progress) -> None:
    """Read everything; raises `ArchiveError` where a record is not what it has to be, names what
    is not there, or where there are more or fewer than the archive says."""
    for kind in KINDS:
        expected = reader.manifest.counts.get(kind.name, 0)
        progress.begin(f"checking {kind.name}", expected)
        _load_kind(reader, kind, staging, progress, expected)
    for kind in KINDS:
        for identity, field, target in staging.dangling(kind):
            where = reader.where(kind.name, staging.place(kind.name, identity))
            raise ArchiveError(f"{where}: {field}: {target} is not in the archive.")
        if kind.is_tree:
            _check_tree(reader, kind, staging)
    if reader.carries_files:
        progress.begin("checking files", staging.count("attachments"))
        for attachment in staging.all("attachments"):
            _check_file(reader, attachment["id"], attachment["size"], attachment["sha256"])
            progress.advance()


def _load_kind(
    reader: Reader, kind: Kind, staging: Staging, progress: Progress, expected: int
) -> None:
    found = 0
    for place, body in reader.records(kind.name):
        where = reader.where(kind.name, place)
        if fault := fault_of(kind.name, body):
            raise ArchiveError(f"{where}: {fault}")
        found += 1
        if found > expected:
            raise ArchiveError(f"{where}: the archive says that there are {expected:,} only.")
        identity = json.loads(body)[kind.identity]
        if not staging.put_new(kind, identity, body, place):
            raise ArchiveError(f"{where}: {kind.identity}: {identity} is there twice.")
        progress.advance()
    if found != expected:
        raise ArchiveError(
            f"{kind.name}: {found:,} are there and the archive says {expected:,}; a part of it is "
            "missing."
        )


def _check_tree(reader: Reader, kind: Kind, staging: Staging) -> None:
    placed = {record["id"] for level in staging.levels(kind.name) for record in level}
    for record in staging.all(kind.name) if len(placed) < staging.count(kind.name) else ():
        if record["id"] not in placed:
            where = reader.where(kind.name, staging.place(kind.name, record["id"]))
            raise ArchiveError(f"{where}: parent_id: it is within itself.")


def _check_file(reader: Reader, attachment_id: str, size: int, sha256: str) -> None:
    digest, read = hashlib.sha256(), 0
    with reader.open_file(attachment_id) as file:
        try:
            while part := file.read(PART):
                digest.update(part)
                read += len(part)
                if read > size:
                    break
        except Exception as error:
            raise ArchiveError(f"files/{attachment_id} is damaged: {error}") from error
    if read != size or digest.hexdigest() != sha256:
        raise ArchiveError(f"files/{attachment_id} is not the file that was exported.")
