"""Records between a workspace and an archive: in a temporary database on disk, so that how much
there is of them is no matter of memory, and they can be found, ordered and checked."""

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from warehouse.archive.kinds import KINDS, Kind

Record = dict[str, Any]

_SCHEMA = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE records (
        kind text NOT NULL, id text NOT NULL, body text NOT NULL, place integer NOT NULL,
        PRIMARY KEY (kind, id)
    ) WITHOUT ROWID;
    CREATE INDEX records_of_entry ON records (json_extract(body, '$.inventory_id'), id)
        WHERE kind IN ('loans', 'repairs');
    CREATE TABLE ids (old text PRIMARY KEY, new text NOT NULL) WITHOUT ROWID;
    CREATE TABLE waived (kind text, id text, field text, PRIMARY KEY (kind, id, field));
"""
_COLUMNS = "id, body, place"
_TYPES = {
    "null": "",
    "true": "truth",
    "false": "truth",
    "integer": "number",
    "real": "number",
    "text": "text",
    "array": "json",
    "object": "json",
}


class Staging:
    """Records by kind and identity; `place` is the line or row of the archive they stood in.

    `ids` are the ids of the new workspace by those of the old one; `waived` the fields that a
    restore had to leave as they are, and said so.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="warehouse-archive-")
        self._database = sqlite3.connect(
            Path(self._folder.name) / "records.sqlite", isolation_level=None
        )
        self._database.executescript(_SCHEMA)
        self._database.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()
        self._folder.cleanup()

    def put(self, kind: Kind, record: Record, place: int = 0) -> bool:
        """Add a record, or put it in the place of what was known of it; whether it is new."""
        identity = str(record[kind.identity])
        known = self.get(kind.name, identity) is not None
        self._database.execute(
            "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)",
            (kind.name, identity, json.dumps(record, ensure_ascii=False), place),
        )
        return not known

    def put_new(self, kind: Kind, identity: str, body: str, place: int) -> bool:
        """Add a record of an archive; False where there is one of this identity."""
        try:
            self._database.execute(
                "INSERT INTO records VALUES (?, ?, ?, ?)", (kind.name, identity, body, place)
            )
        except sqlite3.IntegrityError:
            return False
        return True

    def drop(self, kind: str, identity: str) -> None:
        self._database.execute("DELETE FROM records WHERE (kind, id) = (?, ?)", (kind, identity))

    def get(self, kind: str, identity: str) -> Record | None:
        found = self._database.execute(
            "SELECT body FROM records WHERE (kind, id) = (?, ?)", (kind, identity)
        ).fetchone()
        return None if found is None else json.loads(found[0])

    def count(self, kind: str) -> int:
        [count] = self._database.execute(
            "SELECT count(*) FROM records WHERE kind = ?", (kind,)
        ).fetchone()
        return int(count)

    def counts(self) -> dict[str, int]:
        return {kind.name: self.count(kind.name) for kind in KINDS}

    def all(self, kind: str, where: str = "true") -> Iterator[Record]:
        """Every record of a kind, in the order in which they came to be; ids begin with their
        time."""
        for _, body, _ in self._rows(kind, where):
            yield json.loads(body)

    def bodies(self, kind: str) -> Iterator[str]:
        """The same as JSON."""
        for _, body, _ in self._rows(kind, "true"):
            yield body

    def place(self, kind: str, identity: str) -> int:
        [place] = self._database.execute(
            "SELECT place FROM records WHERE (kind, id) = (?, ?)", (kind, identity)
        ).fetchone()
        return int(place)

    def with_holds(self) -> Iterator[str]:
        """The entries that anything was ever lent or repaired of."""
        for (entry,) in self._database.execute(
            "SELECT DISTINCT json_extract(body, '$.inventory_id') FROM records "
            "WHERE kind IN ('loans', 'repairs') ORDER BY 1"
        ):
            yield entry

    def holds_of(self, entry: str) -> list[tuple[str, Record]]:
        """The loans and repairs of an entry, oldest first, with their kinds."""
        found = self._database.execute(
            "SELECT kind, body FROM records WHERE kind IN ('loans', 'repairs') "
            "AND json_extract(body, '$.inventory_id') = ? ORDER BY id",
            (entry,),
        )
        return [(kind, json.loads(body)) for kind, body in found]

    def attachments(self) -> Iterator[Record]:
        """All attachments, item by item, in their order."""
        for (body,) in self._database.execute(
            "SELECT body FROM records WHERE kind = 'attachments' "
            "ORDER BY json_extract(body, '$.item_id'), json_extract(body, '$.position'), id"
        ):
            yield json.loads(body)

    def dangling(self, kind: Kind) -> Iterator[tuple[str, str, str]]:
        """The identity, field and target of each reference to a record that is not here."""
        for name, reference in kind.references.items():
            if reference.loose:
                continue
            yield from self._database.execute(
                f"SELECT r.id, '{name}', json_extract(r.body, '$.{name}') FROM records r "
                f"WHERE r.kind = ? AND json_extract(r.body, '$.{name}') IS NOT NULL "
                "AND NOT EXISTS (SELECT 1 FROM records t WHERE t.kind = ? "
                f"AND t.id = json_extract(r.body, '$.{name}')) ORDER BY r.place",
                (kind.name, reference.kind),
            ).fetchall()
        if kind.name == "items":
            yield from self._database.execute(
                "SELECT r.id, 'labels', json_extract(l.value, '$.id') FROM records r, "
                "json_each(r.body, '$.labels') l WHERE r.kind = 'items' AND NOT EXISTS ("
                "SELECT 1 FROM records t WHERE t.kind = 'labels' "
                "AND t.id = json_extract(l.value, '$.id'))"
            ).fetchall()

    def levels(self, kind: str) -> Iterator[list[Record]]:
        """A tree from its roots on, level by level; what is within itself comes in no level."""
        waiting: dict[str | None, list[Record]] = {}
        for record in self.all(kind):
            waiting.setdefault(record["parent_id"], []).append(record)
        level = waiting.pop(None, [])
        while level:
            yield level
            level = [one for each in level for one in waiting.pop(each["id"], [])]

    def columns(self, kind: str) -> dict[str, str]:
        """The fields that records of a kind have, in order, and what each is: json, number, truth
        or text; json where it is one here and another there."""
        found: dict[str, set[str]] = {}
        for name, type_ in self._database.execute(
            "SELECT f.key, f.type FROM records r, json_each(r.body) f WHERE r.kind = ? "
            "GROUP BY f.key, f.type ORDER BY min(f.id)",
            (kind,),
        ):
            found.setdefault(name, set()).update({_TYPES[type_]} - {""})
        return {
            name: types.pop() if len(types) == 1 else "json" if types else "text"
            for name, types in found.items()
        }

    def note_id(self, old: str, new: str) -> None:
        self._database.execute("INSERT OR REPLACE INTO ids VALUES (?, ?)", (old, new))

    def new_id(self, old: str) -> str | None:
        found = self._database.execute("SELECT new FROM ids WHERE old = ?", (old,)).fetchone()
        return None if found is None else str(found[0])

    def waive(self, kind: str, identity: str, field: str = "") -> None:
        """Note that a field, or without one the whole record, could not be restored."""
        self._database.execute(
            "INSERT OR REPLACE INTO waived VALUES (?, ?, ?)", (kind, identity, field)
        )

    def waived(self, kind: str, identity: str) -> set[str]:
        return {
            field
            for (field,) in self._database.execute(
                "SELECT field FROM waived WHERE (kind, id) = (?, ?)", (kind, identity)
            )
        }

    def _rows(self, kind: str, where: str) -> Iterator[tuple[str, str, int]]:
        """Page by page, so that records may be dropped and put meanwhile."""
        after = ""
        while True:
            page = self._database.execute(
                f"SELECT {_COLUMNS} FROM records WHERE kind = ? AND id > ? AND {where} "
                "ORDER BY id LIMIT 500",
                (kind, after),
            ).fetchall()
            yield from page
            if not page:
                return
            after = page[-1][0]
