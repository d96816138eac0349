"""Clients at the lending desk: each lends its titles and takes them back, all at the same time."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from warehouse.demo.dataset import Title
from warehouse.errors import OperatorError
from warehouse.importing.client import Client, Password, RefusedError
from warehouse.importing.workspaces import Workspace

FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.1  # seconds before a copy that was out is asked for again
OUTCOME = 30.0  # seconds for a loan that was answered "requested" to become active


@dataclass
class Lent:
    """What the clients did: loans that became active and came back, `refused` requests for a copy
    whose return had not arrived, `late` loans that became active after their answer; seconds."""

    loans: int = 0
    refused: int = 0
    late: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    def latency(self, share: float) -> float:
        """The seconds within which `share` of the loans were active."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@dataclass(frozen=True)
class Desk:
    """Where lending goes on: copies by their title's uri, and who may borrow."""

    url: str
    who: Password
    workspace: Workspace
    entries: Mapping[str, str]
    borrowers: Sequence[str]


async def lend(desk: Desk, titles: Sequence[Title], clients: int) -> Lent:
    """Lend every title `borrow_count` times and take it back each time, by `clients` at once.
    Raises `OperatorError` for the first that fails."""
    lent = Lent()
    began = time.monotonic()
    try:
        async with asyncio.TaskGroup() as group:
            for number, share in enumerate(_shares(titles, clients)):
                group.create_task(_Clerk(desk, lent, number).work(share))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    lent.seconds = time.monotonic() - began
    return lent


def _shares(titles: Sequence[Title], clients: int) -> list[list[Title]]:
    """Whole titles to each client, about as many loans to all: a copy is one client's."""
    shares: list[list[Title]] = [[] for _ in range(min(clients, len(titles)))]
    loads = [0] * len(shares)
    for title in titles:  # most borrowed first
        lightest = loads.index(min(loads))
        shares[lightest].append(title)
        loads[lightest] += title.borrow_count
    return shares


class _Clerk:
    """One client with a session of its own."""

    def __init__(self, desk: Desk, lent: Lent, number: int) -> None:
        self._desk, self._lent, self._number = desk, lent, number
        self._path = desk.workspace.path("loans")
        self._served = 0

    async def work(self, titles: Sequence[Title]) -> None:
        waiting = deque((title, title.borrow_count) for title in titles)
        async with Client(self._desk.url, self._desk.who, connections=1) as client:
            while waiting:
                title, times = waiting.popleft()
                if times:
                    loan = await self._lend(client, self._desk.entries[title.uri])
                    await client.post(f"{self._path}/{loan['id']}/return", {})
                    self._lent.loans += 1
                    waiting.append((title, times - 1))

    async def _lend(self, client: Client, entry: str) -> dict[str, Any]:
        """An active loan; asks again while the copy's last return is on its way to inventory."""
        body = {"inventory_id": entry, "borrower_id": self._next_borrower()}
        pause = FIRST_PAUSE
        while True:
            began = time.perf_counter()
            try:
                answer = await client.post(self._path, body, key=secrets.token_hex())
            except RefusedError as refused:
                if refused.code != "insufficient-stock":
                    raise
                self._lent.refused += 1
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            loan: dict[str, Any] = answer.body
            if loan["status"] == "requested":
                self._lent.late += 1
                loan = await self._await_outcome(client, loan["id"])
            if loan["status"] == "active":
                self._lent.latencies.append(time.perf_counter() - began)
                return loan

    async def _await_outcome(self, client: Client, loan_id: str) -> dict[str, Any]:
        until = time.monotonic() + OUTCOME
        while time.monotonic() < until:
            loan: dict[str, Any] = await client.get(f"{self._path}/{loan_id}")
            if loan["status"] != "requested":
                return loan
            await asyncio.sleep(0.05)
        raise OperatorError(f"Loan {loan_id} was still requested after {OUTCOME:.0f} s.")

    def _next_borrower(self) -> str:
        borrowers = self._desk.borrowers
        self._served += 1
        return borrowers[(self._number * 997 + self._served) % len(borrowers)]
