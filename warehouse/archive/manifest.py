"""What an archive says of itself, and what is wrong with one that can't be read."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from warehouse.archive.kinds import BY_NAME, FORMAT, VERSION
from warehouse.archive.records import Id
from warehouse.errors import OperatorError


class ArchiveError(OperatorError):
    """An archive that can't be restored; says what is wrong, and where. Nothing was made."""


class WorkspaceRecord(BaseModel):
    """What a workspace is, besides what is in it."""

    model_config = ConfigDict(strict=True, extra="ignore")

    id: Id
    name: str
    slug: str
    description: str | None
    currency: str
    timezone: str
    settings: dict[str, Any]


class Manifest(BaseModel):
    """`workspace.json` of an archive."""

    model_config = ConfigDict(strict=True, extra="ignore")

    format: str = FORMAT
    version: int = VERSION
    archive_id: Id = Field(default_factory=lambda: str(uuid4()))
    exported_at: str = Field(default_factory=lambda: datetime.now(UTC).isoformat())
    exported_from: str
    workspace: WorkspaceRecord
    only_defined: bool | None = None
    counts: dict[str, int]
    left_out: list[str] = Field(default_factory=list)


def manifest_of(document: Any, where: str) -> Manifest:  # noqa: ANN401 - JSON of an archive
    """The manifest of an archive; raises `ArchiveError` for one that this version can't read."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ArchiveError(f"{where}: this is no archive that `warehouse export` made.")
    if document.get("version") != VERSION:
        raise ArchiveError(
            f"{where}: the archive has format version {document.get('version')!r}, and this "
            f"command reads {VERSION}. Restore it with the version of Warehouse that made it, or a "
            "newer one."
        )
    try:
        manifest = Manifest.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ArchiveError(f"{where}: {field}: {first['msg']}") from error
    if unknown := sorted(set(manifest.counts) - set(BY_NAME)):
        raise ArchiveError(f"{where}: counts: there is no kind {unknown[0]!r}.")
    if any(count < 0 for count in manifest.counts.values()):
        raise ArchiveError(f"{where}: counts: none can be below 0.")
    return manifest
