"""What has to be true after the library has lent: every number, waited for and not longer."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from warehouse.demo.catalogue_checks import CatalogueChecks
from warehouse.demo.dataset import Title
from warehouse.demo.lending import Lent
from warehouse.demo.questions import QUESTIONS
from warehouse.errors import OperatorError
from warehouse.importing.client import Client
from warehouse.importing.workspaces import Workspace

DEADLINE = 60.0  # seconds for the projections to catch up
EVERY = 0.2  # seconds between looks


@dataclass(frozen=True)
class Expected:
    """The numbers, as the dataset's files have them."""

    titles: list[Title]  # that fit
    borrowers: int
    locations: int
    copies: int
    lent: list[Title]
    loans: Lent

    @property
    def items(self) -> int:
        return len(self.titles)


class Checks:
    """Asks the platform and compares; raises `OperatorError` with the first that differs."""

    def __init__(self, client: Client, workspace: Workspace, expected: Expected) -> None:
        self._client, self._workspace, self._expected = client, workspace, expected
        self._catalogue = CatalogueChecks(client, workspace, expected.titles)

    async def all(self, item_ids: dict[str, str]) -> list[str]:
        """What was found to be true, in words; `item_ids` by the titles' uris."""
        catalogue = self._catalogue
        await self._eventually("how books are described", catalogue.described)
        await self._eventually("counts by category", catalogue.counted)
        await self._eventually("lists of some books", catalogue.narrowed)
        await self._eventually("the search", catalogue.found)
        await self._eventually("dashboard", self._dashboard)
        await self._eventually("held copies", self._held)
        ids = {item_ids[title.uri]: title.borrow_count for title in self._expected.lent}
        await self._eventually("most-lent-items", partial(self._most_lent, ids))
        for verb, count in self._activity().items():
            await self._eventually(f"activity of {verb}", partial(self._told, verb, count))
        told = ", ".join(f"{count:,} {verb}" for verb, count in self._activity().items())
        lent, copies = len(ids), self._expected.copies
        numbers = f"{self._expected.items:,} items, {self._expected.borrowers:,} borrowers"
        described = f"{self._expected.items:,} books in {len(catalogue.categories)} categories"
        return [
            f"{described}, by format and decade, described as in the file",
            f"{len(QUESTIONS)} questions of a librarian find their book",
            f"most-lent-items agrees with the file: {sum(ids.values()):,} loans of {lent:,} titles",
            f"the dashboard agrees: {numbers}, {copies:,} copies, no loan open",
            f"the activity agrees: {told}",
            f"no hold is left on {copies:,} copies",
        ]

    async def _dashboard(self) -> str | None:
        found = await self._client.get(self._workspace.path("dashboard"))
        wanted = {
            "items": self._expected.items,
            "borrowers": self._expected.borrowers,
            "locations": self._expected.locations,
            "inventory_entries": self._expected.copies,
            "units": self._expected.copies,
            "active_loans": 0,
            "overdue_loans": 0,
        }
        wrong = {name: (found[name], count) for name, count in wanted.items()}
        wrong = {name: pair for name, pair in wrong.items() if pair[0] != pair[1]}
        return f"found and expected: {wrong}" if wrong else None

    async def _held(self) -> str | None:
        held = copies = 0
        async for entry in self._client.pages(self._workspace.path("inventory")):
            copies += entry["quantity"]
            held += entry["held_quantity"]
        if (held, copies) == (0, self._expected.copies):
            return None
        return f"{held} of {copies} copies are held, of {self._expected.copies} none should be"

    async def _most_lent(self, wanted: dict[str, int]) -> str | None:
        path = self._workspace.path("analytics/most-lent-items")
        rows = (await self._client.get(path, limit=200))["items"]
        counts = [row["loans"] for row in rows]
        if {row["item_id"]: row["loans"] for row in rows} != wanted:
            return f"{sum(counts)} loans of {len(rows)} items, not {sum(wanted.values())}"
        return None if counts == sorted(counts, reverse=True) else "not the most lent first"

    def _activity(self) -> dict[str, int]:
        loans = self._expected.loans
        return {
            "item.created": self._expected.items,
            "borrower.created": self._expected.borrowers,
            "stock.created": self._expected.copies,
            "loan.requested": loans.loans + loans.refused,
            "loan.activated": loans.loans,
            "loan.returned": loans.loans,
            "stock.hold_released": loans.loans,
        }

    async def _told(self, verb: str, count: int) -> str | None:
        aggregate = verb.partition(".")[0]
        service = {"item": "catalog", "stock": "inventory"}.get(aggregate, "loans")
        told = 0
        path = self._workspace.path("activity")
        async for _ in self._client.pages(path, type=f"warehouse.{service}.{verb}"):
            told += 1
        return None if told == count else f"{told}, not {count}"

    async def _eventually(self, what: str, look: Callable[[], Awaitable[str | None]]) -> None:
        until = time.monotonic() + DEADLINE
        while wrong := await look():
            if time.monotonic() > until:
                raise OperatorError(f"After {DEADLINE:.0f} s, {what} is wrong: {wrong}")
            await asyncio.sleep(EVERY)
