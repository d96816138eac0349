"""The library run: a real library's books and members, imported twice, lent, and every number
checked against the files."""

import csv
import json
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from warehouse.demo import catalogue
from warehouse.demo.checks import Checks, Expected
from warehouse.demo.dataset import Dataset, Title, most_borrowed
from warehouse.demo.lending import Desk, Lent, lend
from warehouse.errors import OperatorError
from warehouse.importing.client import Client, Password
from warehouse.importing.jobs import Import, Order
from warehouse.importing.jobs import Result as Imported
from warehouse.importing.workspaces import Workspace, choose

NAME = "Shakespeare and Company"
HOUSE = "Rue de l'Odéon 12"
_SHELF_OF_NOBODY = "Shelf of the anonymous"


@dataclass(frozen=True)
class Extent:
    """How much of the library takes part: the most borrowed `lent` titles are lent by `clients`;
    `copies` of the titles are shelved, all that fit when None."""

    lent: int = 100
    clients: int = 8
    copies: int | None = None


@dataclass
class Result:
    """What a run did, and what it found to be true."""

    imports: list[tuple[str, Imported]] = field(default_factory=list)
    lent: Lent = field(default_factory=Lent)
    found: list[str] = field(default_factory=list)


async def run(
    url: str, dataset: Dataset, extent: Extent, say: Callable[[str], None] = print
) -> Result:
    """The whole run in a new workspace at `url`; raises `OperatorError` where a number is wrong."""
    who = Password(f"librarian-{secrets.token_hex(6)}@warehouse.example", secrets.token_urlsafe(18))
    async with Client(url) as anybody:
        person = {"email": who.email, "password": who.password, "full_name": "Sylvia Beach"}
        await anybody.post("/v1/auth/register", person)
    async with Client(url, who) as client:
        made = await client.post("/v1/workspaces", {"name": NAME, "currency": "EUR"})
        workspace = await choose(client, made.body["id"])
        return await Library(client, who, workspace, dataset, extent, say).run()


class Library:
    """The library while it is opened, lends and is looked over."""

    def __init__(
        self,
        client: Client,
        who: Password,
        workspace: Workspace,
        dataset: Dataset,
        extent: Extent,
        say: Callable[[str], None],
    ) -> None:
        self._client, self._who, self._workspace = client, who, workspace
        self._dataset, self._extent, self._say = dataset, extent, say
        self._titles = dataset.titles()
        self._lent = most_borrowed(self._titles, extent.lent)
        self._result = Result()

    async def run(self) -> Result:
        fit = [title for title in self._titles if title.fits]
        borrowers = self._dataset.count_members()
        await self._catalogue(len(fit))
        await self._import_twice("borrowers", self._dataset.members, {}, borrowers)
        copies, locations = await self._shelve()
        item_ids, entries = await self._ids("items"), await self._ids("inventory")
        desk = Desk(
            self._client.url,
            self._who,
            self._workspace,
            entries,
            list((await self._ids("borrowers")).values()),
        )
        self._say(
            f"Lending the {len(self._lent)} most borrowed titles as often as the cards say, "
            f"{self._extent.clients} clients at once"
        )
        self._result.lent = await lend(desk, self._lent, self._extent.clients)
        expected = Expected(fit, borrowers, locations, copies, self._lent, self._result.lent)
        self._say("Comparing every number with the files")
        self._result.found = await Checks(self._client, self._workspace, expected).all(item_ids)
        return self._result

    async def _catalogue(self, good: int) -> None:
        """Every book, with what is told of it, in its category."""
        await catalogue.define(self._client, self._workspace)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "books.csv"
            catalogue.write(self._titles, self._dataset.books, file)
            await self._import_twice("items", file, catalogue.COLUMNS, good)

    async def _import_twice(
        self, kind: str, path: Path, chosen: Mapping[str, str], good: int
    ) -> None:
        """What fits goes in, the rest is told; the second time nothing changes."""
        first = await self._import(kind, path, chosen, "uri")
        bad = first.rows - good
        _expect(f"import of {kind}", first, created=good, failed=bad)
        second = await self._import(kind, path, chosen, "uri", again=True)
        _expect(f"second import of {kind}", second, unchanged=good, failed=bad)

    async def _import(
        self,
        kind: str,
        path: Path,
        chosen: Mapping[str, str],
        key: str,
        *,
        again: bool = False,
    ) -> Imported:
        parameters: dict[str, str | int] = {"kind": kind, "key": key}
        if chosen:
            parameters |= {"map": json.dumps(chosen), "create_missing": "true"}
        import_ = Import(self._client, self._workspace)
        result = await import_.run(Order(path, parameters))
        for line in result.lines():
            self._say(f"{line}, again" if again else line)
        async for fault in import_.faults(result):
            self._say(f"  row {fault.line}: {fault.message}")
        self._result.imports.append((f"{kind}, again" if again else kind, result))
        return result

    async def _shelve(self) -> tuple[int, int]:
        """A copy of each title on the shelf of its author's initial; copies and locations."""
        most = most_borrowed(self._titles, self._extent.copies or len(self._titles))
        shelves = sorted({_shelf(title) for title in most})
        with tempfile.TemporaryDirectory() as folder:
            places = Path(folder) / "locations.csv"
            rows = [[HOUSE, ""], *([shelf, HOUSE] for shelf in shelves)]
            _write(places, ["name", "parent"], [[*row, "/".join(row)] for row in rows])
            made = await self._import("locations", places, {}, "key")
            _expect("import of locations", made, created=len(shelves) + 1)
            copies = Path(folder) / "inventory.csv"
            _write(
                copies,
                ["item", "location", "quantity"],
                [[t.uri, f"{HOUSE} / {_shelf(t)}", "1", t.uri] for t in most],
            )
            shelved = await self._import("inventory", copies, {}, "key")
            _expect("import of inventory", shelved, created=len(most))
        return len(most), len(shelves) + 1

    async def _ids(self, resource: str) -> dict[str, str]:
        """Ids by external_id."""
        path = self._workspace.path(resource)
        return {each["external_id"]: each["id"] async for each in self._client.pages(path)}


def _shelf(title: Title) -> str:
    initial = title.author[:1].upper()
    return f"Shelf {initial}" if initial.isalpha() else _SHELF_OF_NOBODY


def _write(path: Path, headings: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*headings, "key"])
        writer.writerows(rows)


def _expect(what: str, result: Imported, **wanted: int) -> None:
    counted = {**result.counted(), "failed": result.failed}
    found = {outcome: count for outcome, count in counted.items() if count}
    if found != {outcome: count for outcome, count in wanted.items() if count}:
        raise OperatorError(f"The {what} came to {found}, not to {wanted}.")
