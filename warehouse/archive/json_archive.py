"""The archive of JSON: a zip of `workspace.json`, a file of JSON lines for each kind of record, and
the attachments' contents, each by its attachment's id. Written and read record by record."""

import json
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from warehouse.archive.kinds import BY_NAME, KINDS
from warehouse.archive.manifest import ArchiveError, Manifest, manifest_of
from warehouse.archive.staging import Staging

MANIFEST = "workspace.json"
MAX_LINE = 4 * 1024 * 1024  # bytes of a record
MAX_MANIFEST = 1024 * 1024
_NAMES = re.compile(
    rf"{re.escape(MANIFEST)}|({'|'.join(BY_NAME)})\.jsonl|files/[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}"
    r"-[0-9a-f]{12}"
)
# What lines of JSON or a picture never come to; what is above it was made to fill the disk.
_MAX_RATIO, _HARMLESS = 250, 64 * 1024 * 1024


class JsonWriter:
    """Writes an archive; what is there before `close` is no archive yet."""

    carries_files = True

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6)

    def add_file(self, attachment_id: str, content: IO[bytes]) -> None:
        """Add the content of an attachment as it is: pictures don't get smaller."""
        info = zipfile.ZipInfo(f"files/{attachment_id}", (1980, 1, 1, 0, 0, 0))
        with self._zip.open(info, "w", force_zip64=True) as entry:
            shutil.copyfileobj(content, entry)

    def write(self, manifest: Manifest, staging: Staging) -> None:
        for kind in KINDS:
            with self._zip.open(f"{kind.name}.jsonl", "w", force_zip64=True) as entry:
                for body in staging.bodies(kind.name):
                    entry.write(body.encode() + b"\n")
        self._zip.writestr(MANIFEST, json.dumps(manifest.model_dump(), indent=2) + "\n")

    def close(self) -> None:
        self._zip.close()


class JsonReader:
    """Reads an archive that anybody may have made: raises `ArchiveError` that says where."""

    carries_files = True

    def __init__(self, path: Path) -> None:
        self._name = path.name
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise ArchiveError(
                f"{path}: this is no whole zip file ({error}); it may have been cut short on its "
                "way. Copy it anew."
            ) from error
        try:
            self._check_names()
            self.manifest = self._read_manifest()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def where(self, kind: str, place: int) -> str:
        return f"{kind}.jsonl, line {place}"

    def records(self, kind: str) -> Iterator[tuple[int, str]]:
        """The records of a kind as JSON with the numbers of their lines."""
        name = f"{kind}.jsonl"
        if name not in self._zip.namelist():
            return
        number = 0
        try:
            with self._zip.open(name) as entry:
                while line := entry.readline(MAX_LINE + 1):
                    number += 1
                    if len(line) > MAX_LINE:
                        raise ArchiveError(f"{self.where(kind, number)}: longer than any record.")
                    yield number, line.decode()
        except UnicodeDecodeError as error:
            raise ArchiveError(f"{self.where(kind, number)}: this is not UTF-8.") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise ArchiveError(f"{self._name}: {name} is damaged: {error}") from error

    def open_file(self, attachment_id: str) -> IO[bytes]:
        """The content of an attachment; raises `ArchiveError` where there is none."""
        try:
            return self._zip.open(f"files/{attachment_id}")
        except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise ArchiveError(
                f"{self._name}: files/{attachment_id} is missing or damaged."
            ) from error

    def _check_names(self) -> None:
        names = self._zip.namelist()
        for info in self._zip.infolist():
            if not _NAMES.fullmatch(info.filename):
                raise ArchiveError(
                    f"{self._name}: {info.filename!r} is no file of an archive; nothing was read."
                )
            if info.flag_bits & 1:
                raise ArchiveError(f"{self._name}: {info.filename} is encrypted.")
            if info.file_size > max(_HARMLESS, info.compress_size * _MAX_RATIO):
                raise ArchiveError(
                    f"{self._name}: {info.filename} would become {info.file_size:,} bytes out of "
                    f"{info.compress_size:,}: no export does that."
                )
        if len(set(names)) != len(names):
            raise ArchiveError(f"{self._name}: it has a file twice.")
        if MANIFEST not in names:
            raise ArchiveError(f"{self._name}: there is no {MANIFEST} in it; it is no archive.")

    def _read_manifest(self) -> Manifest:
        try:
            with self._zip.open(MANIFEST) as entry:
                text = entry.read(MAX_MANIFEST + 1)
            if len(text) > MAX_MANIFEST:
                raise ValueError("it is too long")  # noqa: TRY301 - told as the others
            document = json.loads(text)
        except (ValueError, RecursionError, zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise ArchiveError(f"{self._name}: {MANIFEST} can't be read: {error}") from error
        return manifest_of(document, f"{self._name}: {MANIFEST}")
