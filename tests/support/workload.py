"""Clients that use the platform while it is being broken, and remember what it promised.

Every operation carries a mark of its own: as its `Idempotency-Key`, and in what it writes, so that
its effects can be counted afterwards. An answer that does not say what became of it (none, 5xx, not
signed in) is no answer: the operation is repeated with the same key until there is one.
"""

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import uuid4

import httpx

from support import callers
from support.callers import Person

SETTLE = 60.0  # seconds for an operation to be answered after the clients were told to stop
_NO_ANSWER = {401, 429, 500, 502, 503, 504}
_CLIENTS = 2  # of each workspace
_PAUSE = 0.03  # seconds between a client's operations, on average


class Verb(StrEnum):
    CREATE = "create"
    SHELVE = "shelve"
    MOVE = "move"
    ADJUST = "adjust"
    LEND = "lend"
    RETURN = "return"
    CANCEL = "cancel"
    DESCRIBE = "describe"


@dataclass(frozen=True)
class Promise:
    """One operation that was answered: 2xx is kept, anything else had no effect."""

    mark: str
    verb: Verb
    workspace_id: str
    status: int
    body: dict[str, Any]
    attempts: int

    @property
    def is_kept(self) -> bool:
        return self.status < 300


@dataclass
class Workspace:
    """A workspace with what its clients know of it."""

    person: Person
    id: str
    locations: list[str]
    borrower: str
    items: list[str] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)
    loans: list[str] = field(default_factory=list)


@dataclass
class Workload:
    """Several workspaces, each with clients that work at once; `promises` is their log."""

    workspaces: list[Workspace]
    seed: int = 0
    promises: list[Promise] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)  # of attempts: status or error
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _deadline: float = float("inf")
    _clients: list["asyncio.Task[None]"] = field(default_factory=list)

    @property
    def workspace_ids(self) -> set[str]:
        return {workspace.id for workspace in self.workspaces}

    @property
    def kept(self) -> list[Promise]:
        return [promise for promise in self.promises if promise.is_kept]

    def count(self, verb: Verb) -> int:
        """How many operations of a kind were acknowledged."""
        return sum(promise.verb == verb for promise in self.kept)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The clients work while the block runs; afterwards each finishes what it had begun.
        Fails when an operation is not answered within `SETTLE` seconds then."""
        self._stopping.clear()
        self._deadline = float("inf")
        self._clients = [
            asyncio.create_task(self._work(workspace, random.Random(f"{self.seed}-{number}")))
            for number, workspace in enumerate(self.workspaces * _CLIENTS)
        ]
        try:
            yield
        finally:
            self._stopping.set()
            self._deadline = time.monotonic() + SETTLE
            await asyncio.gather(*self._clients)

    async def run(self, operations: int) -> None:
        """Let the clients work until so many more operations were acknowledged."""
        goal = len(self.kept) + operations
        async with self.running():
            await self.reach(goal)

    async def reach(self, goal: int, *, deadline: float = 60.0) -> None:
        """Wait until `goal` operations are acknowledged in all."""
        until = time.monotonic() + deadline
        while len(self.kept) < goal:
            assert time.monotonic() < until, f"{len(self.kept)} of {goal}; {self.answers}"
            for client in self._clients:
                if client.done():
                    await client  # it failed, and says why
            await asyncio.sleep(0.02)

    def more(self, *, acknowledged: int, refused: int) -> Callable[[], bool]:
        """Asks whether so many more operations were acknowledged than now, or so many more attempts
        refused for their identity."""
        kept, attempts = len(self.kept) + acknowledged, self.answers["401"] + refused
        return lambda: len(self.kept) >= kept or self.answers["401"] >= attempts

    async def _work(self, workspace: Workspace, chance: random.Random) -> None:
        while not self._stopping.is_set():
            await self._one(workspace, chance)
            await asyncio.sleep(chance.random() * 2 * _PAUSE)

    async def _one(self, workspace: Workspace, chance: random.Random) -> None:
        verbs = [Verb.CREATE, Verb.DESCRIBE, *[Verb.SHELVE] * 2]
        if workspace.entries:
            verbs += [Verb.MOVE, Verb.ADJUST, *[Verb.LEND] * 4, Verb.CANCEL]
        if workspace.loans:
            verbs += [Verb.RETURN] * 3
        operations = {
            Verb.CREATE: self._create,
            Verb.SHELVE: self._shelve,
            Verb.MOVE: self._move,
            Verb.ADJUST: self._adjust,
            Verb.LEND: self._lend,
            Verb.RETURN: self._return,
            Verb.CANCEL: self._cancel,
            Verb.DESCRIBE: self._describe,
        }
        await operations[chance.choice(verbs)](workspace, chance)

    async def _create(self, workspace: Workspace, _: random.Random) -> None:
        mark = _mark()
        done = await self._do(workspace, Verb.CREATE, mark, "/items", {"name": mark})
        if done.is_kept:
            workspace.items.append(done.body["id"])

    async def _shelve(self, workspace: Workspace, chance: random.Random) -> None:
        mark = _mark()
        body = {
            "item_id": chance.choice(workspace.items),
            "location_id": chance.choice(workspace.locations),
            "quantity": chance.randint(1, 5),
            "notes": mark,
        }
        done = await self._do(workspace, Verb.SHELVE, mark, "/inventory", body)
        if done.is_kept:
            workspace.entries.append(done.body["id"])

    async def _move(self, workspace: Workspace, chance: random.Random) -> None:
        mark = _mark()
        body: dict[str, Any] = {"location_id": chance.choice(workspace.locations), "reason": mark}
        if chance.random() < 0.5:
            body["quantity"] = 1
        path = f"/inventory/{chance.choice(workspace.entries)}/move"
        await self._do(workspace, Verb.MOVE, mark, path, body)

    async def _adjust(self, workspace: Workspace, chance: random.Random) -> None:
        mark = _mark()
        body = {"delta": chance.choice([-1, 1, 2]), "reason": mark}
        path = f"/inventory/{chance.choice(workspace.entries)}/adjust"
        await self._do(workspace, Verb.ADJUST, mark, path, body)

    async def _lend(self, workspace: Workspace, chance: random.Random) -> None:
        mark = _mark()
        body = {
            "inventory_id": chance.choice(workspace.entries),
            "borrower_id": workspace.borrower,
            "quantity": chance.randint(1, 2),
            "notes": mark,
        }
        done = await self._do(workspace, Verb.LEND, mark, "/loans", body)
        if done.is_kept:
            workspace.loans.append(done.body["id"])

    async def _return(self, workspace: Workspace, chance: random.Random) -> None:
        mark = _mark()
        body: dict[str, Any] = {"notes": mark}
        if chance.random() < 0.5:
            body["quantity"] = 1
        path = f"/loans/{chance.choice(workspace.loans)}/return"
        await self._do(workspace, Verb.RETURN, mark, path, body)

    async def _cancel(self, workspace: Workspace, chance: random.Random) -> None:
        """Ask without waiting, then withdraw: the request and inventory's answer race."""
        mark = _mark()
        body = {
            "inventory_id": chance.choice(workspace.entries),
            "borrower_id": workspace.borrower,
            "notes": mark,
        }
        asked = await self._do(workspace, Verb.LEND, mark, "/loans", body, prefer="respond-async")
        if asked.is_kept:
            path = f"/loans/{asked.body['id']}/cancel"
            await self._do(workspace, Verb.CANCEL, _mark(), path, None)

    async def _describe(self, workspace: Workspace, _: random.Random) -> None:
        """Change the workspace itself: the one operation here that is a PATCH, and has no key."""
        mark = _mark()
        await self._do(workspace, Verb.DESCRIBE, mark, "", {"description": mark}, method="PATCH")

    async def _do(
        self,
        workspace: Workspace,
        verb: Verb,
        mark: str,
        path: str,
        body: dict[str, Any] | None,
        *,
        method: str = "POST",
        prefer: str = "wait=2",
    ) -> Promise:
        """Do it until it is answered, and write the answer down."""
        attempts = 0
        while True:
            attempts += 1
            answer = await self._attempt(workspace, method, mark, path, body, prefer)
            if answer is not None and answer.status_code not in _NO_ANSWER:
                break
            if answer is not None and answer.status_code == 401:
                await sign_in(workspace.person)
            assert time.monotonic() < self._deadline, (
                f"{verb} was not answered in {SETTLE} s; last: {answer}; {self.answers}"
            )
            await asyncio.sleep(0.1)
        done = Promise(mark, verb, workspace.id, answer.status_code, answer.json(), attempts)
        self.promises.append(done)
        return done

    async def _attempt(
        self,
        workspace: Workspace,
        method: str,
        mark: str,
        path: str,
        body: dict[str, Any] | None,
        prefer: str,
    ) -> httpx.Response | None:
        person = workspace.person
        headers = {"Idempotency-Key": mark, "Prefer": prefer}
        try:
            answer = await person.http.request(
                method, person.at(path, workspace.id), json=body, headers=headers, timeout=15
            )
        except httpx.HTTPError as error:
            self.answers[type(error).__name__] += 1
            return None
        self.answers[str(answer.status_code)] += 1
        return answer


async def begin(people: list[Person], *, seed: int = 0) -> Workload:
    """A workload over fresh workspaces, one of each of `people`; each with two places, a borrower
    and something on the shelf."""
    return Workload([await _furnish(person) for person in people], seed=seed)


async def sign_in(person: Person) -> None:
    """Sign in again, if auth answers."""
    with contextlib.suppress(httpx.HTTPError):
        answer = await person.http.post(
            "/v1/auth/login", json={"email": person.email, "password": callers.PASSWORD}
        )
        if answer.status_code == 200:
            person.http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"


async def _furnish(person: Person) -> Workspace:
    await sign_in(person)
    answer = await person.http.post("/v1/workspaces", json={"name": f"Fault {uuid4().hex[:8]}"})
    assert answer.status_code == 201, answer.text
    workspace_id = answer.json()["id"]
    places = [
        (await person.add("/locations", {"name": name}, workspace_id))["id"]
        for name in ("Attic", "Cellar")
    ]
    borrower = await person.add("/borrowers", {"name": "Bo"}, workspace_id)
    workspace = Workspace(person, workspace_id, places, borrower["id"])
    item = await person.add("/items", {"name": "Ladder"}, workspace_id)
    entry = await person.add(
        "/inventory",
        {"item_id": item["id"], "location_id": places[0], "quantity": 4},
        workspace_id,
    )
    workspace.items.append(item["id"])
    workspace.entries.append(entry["id"])
    return workspace


def _mark() -> str:
    return f"mark-{uuid4().hex}"
