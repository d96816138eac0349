"""The saga as a borrower feels it: from the request at the gateway to the answer that the loan is
active, at a steady rate, and as many as go."""

import asyncio
import json
import tempfile
import time
from typing import Any

from load.clients import Client, open_loop
from load.report import Figure, at_least, at_most, costs, percentile
from load.stack import Stack
from load.yardstick import LoadError, wrk
from support import callers
from support.callers import Person

PART = "loans"
RATE, SECONDS, WARM = 50, 10, 2  # loans a second; seconds; seconds before that are not counted
CONNECTIONS = 16  # of the closed loop
ENTRIES = 100  # that are lent from
_SCRIPT = """
local bodies = {{ {bodies} }}
local number = 0
request = function()
  number = number + 1
  return wrk.format("POST", nil, nil, bodies[number % #bodies + 1])
end
"""
# How long after its request was staged the activation of each loan was, in milliseconds.
_ACTIVE = """
    SELECT extract(epoch FROM a.created_at - r.created_at)::float8 * 1000 AS ms
    FROM outbox r JOIN outbox a ON a.key = r.key AND a.type = 'warehouse.loans.loan.activated'
    WHERE r.type = 'warehouse.loans.loan.requested' AND r.workspace_id = $1::text::uuid
    ORDER BY r.id OFFSET $2
"""
_STATES = "SELECT status, count(*) FROM loans WHERE workspace_id = $1::text::uuid GROUP BY 1"


async def steady(stack: Stack) -> list[Figure]:
    """Requested → active, open loop."""
    lender = await Lender.begin(stack)
    milliseconds = []

    async def lend(number: int) -> None:
        began = time.perf_counter()
        await lender.lend(number)
        milliseconds.append((number, (time.perf_counter() - began) * 1000))

    await open_loop(RATE, WARM + SECONDS, lend)
    await lender.close()
    felt = [took for number, took in milliseconds if number >= RATE * WARM]
    async with stack.database("loans") as connection:
        rows = await connection.fetch(_ACTIVE, lender.person.workspace_id, ENTRIES + RATE * WARM)
    inside = [row["ms"] for row in rows]
    note = f"{RATE} loans/s, open loop, through the gateway"
    return [
        Figure(PART, "requested → active, p50", percentile(felt, 50), "ms", at_most(12), note),
        Figure(PART, "requested → active, p99", percentile(felt, 99), "ms", at_most(40)),
        Figure(PART, "of which request → activation staged, p50", percentile(inside, 50), "ms"),
        Figure(PART, "of which request → activation staged, p99", percentile(inside, 99), "ms"),
    ]


async def sustained(stack: Stack, yardstick: float) -> list[Figure]:
    """Most loans a second, closed loop, and their share of the `yardstick`."""
    lender = await Lender.begin(stack)
    bodies = ", ".join(f"'{json.dumps(lender.body(number))}'" for number in range(ENTRIES))
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_SCRIPT.format(bodies=bodies))
        script.flush()
        url = f"{stack.processes.url('gateway')}{lender.path}"
        options = ("-s", script.name, "-H", "Content-Type: application/json")
        token = lender.token
        await wrk(url, *options, seconds=WARM, token=token, connections=CONNECTIONS)
        meter = stack.meter()
        load = await wrk(url, *options, seconds=SECONDS, token=token, connections=CONNECTIONS)
    spent = meter.each(load.requests)
    await lender.close()
    async with stack.database("loans") as connection:
        states = dict(await connection.fetch(_STATES, lender.person.workspace_id))
    note = f"{CONNECTIONS} clients, p50 {load.p50:.0f} ms; afterwards {_said(states)}"
    share = 100 * load.rate / yardstick
    return [
        Figure(PART, "sustained", load.rate, "loans/s", note=note),
        Figure(PART, "sustained, share of the yardstick", share, "%", at_least(1.5)),
        costs(PART, "a loan", spent),
    ]


class Lender:
    """Somebody with much to lend and one who borrows it all, at the gateway."""

    def __init__(self, person: Person, client: Client, borrower: str, entries: list[str]) -> None:
        self.person = person
        self.path = person.at("/loans")
        self._client = client
        self._borrower = borrower
        self._entries = entries

    @classmethod
    async def begin(cls, stack: Stack) -> "Lender":
        await stack.run_everything()
        url = stack.processes.url("gateway")
        person = await callers.register(url)
        location = await person.add("/locations", {"name": "Shelf"})
        item = await person.add("/items", {"name": "Cordless drill"})
        borrower = await person.add("/borrowers", {"name": "Bob"})
        entry = {"item_id": item["id"], "location_id": location["id"], "quantity": 1_000_000}
        made = [await _shelve(person, entry) for _ in range(ENTRIES)]
        token = person.http.headers["authorization"]
        client = Client(url, {"Authorization": token})
        lender = cls(person, client, borrower["id"], made)
        await lender._warm_up()
        return lender

    @property
    def token(self) -> str:
        return str(self.person.http.headers["authorization"].removeprefix("Bearer "))

    def body(self, number: int) -> dict[str, object]:
        entry = self._entries[number % ENTRIES]
        return {"inventory_id": entry, "borrower_id": self._borrower, "quantity": 1}

    async def lend(self, number: int) -> None:
        """Lend one unit; raises `LoadError` unless the answer is that it is active."""
        status, answer = await self._client.post(self.path, self.body(number))
        if status != 201:
            raise LoadError(f"a loan was answered {status}: {answer.decode()}")

    async def close(self) -> None:
        self._client.close()
        await self.person.http.aclose()

    async def _warm_up(self) -> None:
        """Until loans has heard of the entries: before, it lends what it does not know."""
        for number in range(ENTRIES):
            await self.lend(number)


async def _shelve(person: Person, entry: dict[str, Any]) -> str:
    for attempt in range(50):  # until inventory has heard of the item
        answer = await person.http.post(person.at("/inventory"), json=entry)
        if answer.status_code == 201:
            return str(answer.json()["id"])
        await asyncio.sleep(0.02 * (attempt + 1))
    raise LoadError(f"an entry was answered {answer.status_code}: {answer.text}")


def _said(states: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {state}" for state, count in sorted(states.items()))
