"""What an import asks of its rows."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """An import, and which chunk of its rows is at hand."""

    id: UUID
    kind: str
    key_field: str | None
    dry_run: bool
    create_missing: bool
    chunk: int
    is_last: bool
