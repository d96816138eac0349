"""Loads the demo workspace over the public API, as anybody could.

Safe to repeat: what an interrupted load left is found by its external_id and not made again.
"""

import asyncio
import contextlib
import hashlib
import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from warehouse.demo import DEMO_EMAIL, DEMO_PASSWORD, data
from warehouse.importing.client import Client, Password, RefusedError

MAIL_WITHIN = 10.0  # seconds
_LINK = re.compile(r"/verify-email\?token=([\w-]+)")

Ids = dict[str, str]


async def load(base_url: str, mails: Path | None = None) -> None:
    """Register the demo's people at `base_url` and fill their workspace; `mails` is the folder
    where the platform's mails land. Raises `RefusedError` or `OperatorError` when the platform does
    not take it."""
    people = {DEMO_EMAIL: data.OWNER_NAME, data.COLLEAGUE_EMAIL: data.COLLEAGUE_NAME}
    async with Client(base_url) as anybody:
        await asyncio.gather(*(_register(anybody, *person) for person in people.items()))
        if mails is not None:
            await _verify(anybody, data.COLLEAGUE_EMAIL, mails)
    async with Client(base_url, Password(DEMO_EMAIL, DEMO_PASSWORD)) as client:
        await Library(client, await _workspace(client)).fill()


async def _register(client: Client, email: str, name: str) -> None:
    person = {"email": email, "password": DEMO_PASSWORD, "full_name": name}
    await _unless_there(client, "/v1/auth/register", person)


async def _verify(client: Client, email: str, mails: Path) -> None:
    """Show that an address is its owner's by the mail that came to it; without one in time, it
    stays as it is, and who would be made a member is invited."""
    until = time.monotonic() + MAIL_WITHIN
    while (token := await asyncio.to_thread(_token, email, mails)) is None:
        if time.monotonic() > until:
            return
        await asyncio.sleep(0.1)
    with contextlib.suppress(RefusedError):  # of a load that was interrupted: it was used
        await client.post("/v1/auth/verify-email", {"token": token})


def _token(email: str, mails: Path) -> str | None:
    for path in mails.glob("*.eml"):
        letter = message_from_bytes(path.read_bytes(), policy=default)
        text = letter.get_body(("plain",))
        found = _LINK.search(text.get_content()) if text is not None else None
        if found is not None and email in str(letter["to"]):
            return found[1]
    return None


async def _workspace(client: Client) -> str:
    async for workspace in client.pages("/v1/workspaces"):
        if workspace["name"] == data.WORKSPACE["name"]:
            found: str = workspace["id"]
            return found
    made: str = (await client.post("/v1/workspaces", data.WORKSPACE)).body["id"]
    return made


class Library:
    """The workspace being filled."""

    def __init__(self, client: Client, workspace_id: str) -> None:
        self._client = client
        self._base = f"/v1/workspaces/{workspace_id}"
        self._ids: dict[str, Ids] = {}

    async def fill(self) -> None:
        """Everything, each resource after those that it refers to."""
        await asyncio.gather(
            self._colleague(),
            self._tree("locations", data.LOCATIONS),
            self._tree("categories", data.CATEGORIES),
            self._add("borrowers", ((key, _borrower(*who)) for key, *who in data.BORROWERS)),
        )
        await asyncio.gather(self._containers(), self._items())
        await self._stock()
        await self._lend()

    async def _colleague(self) -> None:
        body = {"email": data.COLLEAGUE_EMAIL, "role": "member"}
        try:
            await _unless_there(self._client, f"{self._base}/members", body)
        except RefusedError as refused:
            if refused.status != 422:
                raise
            await _unless_there(self._client, f"{self._base}/invitations", body)

    async def _tree(self, resource: str, nodes: Sequence[data.Node]) -> None:
        waiting = list(nodes)
        ids: Ids = {}
        while waiting:
            ready = [node for node in waiting if node.parent is None or node.parent in ids]
            waiting = [node for node in waiting if node not in ready]
            ids |= await self._add(
                resource,
                (
                    (node.key, {"name": node.name, "parent_id": ids.get(node.parent or "")})
                    for node in ready
                ),
            )
        self._ids[resource] = ids

    async def _containers(self) -> None:
        await self._add(
            "containers",
            (
                (
                    box.key,
                    {
                        "name": box.name,
                        "location_id": self._ids["locations"][box.location],
                        "capacity": box.capacity,
                    },
                )
                for box in data.CONTAINERS
            ),
        )

    async def _items(self) -> None:
        categories = self._ids["categories"]
        await self._add(
            "items",
            (
                (
                    thing.key,
                    {"name": thing.name, "category_id": categories[thing.category], **thing.more},
                )
                for thing in data.THINGS
            ),
        )

    async def _stock(self) -> None:
        await self._add("inventory", ((thing.key, self._entry(thing)) for thing in data.THINGS))

    def _entry(self, thing: data.Thing) -> dict[str, object]:
        box = next((box for box in data.CONTAINERS if box.key == thing.place), None)
        return {
            "item_id": self._ids["items"][thing.key],
            "location_id": self._ids["locations"][box.location if box else thing.place],
            "container_id": self._ids["containers"][box.key] if box else None,
            "quantity": thing.quantity,
            "condition": thing.condition,
            "purchase_price": thing.price,
            "currency": data.WORKSPACE["currency"],
        }

    async def _lend(self) -> None:
        """Each loan is of an entry and a borrower that no other loan of the demo joins."""
        there = {
            (loan["inventory_id"], loan["borrower_id"]): loan
            async for loan in self._client.pages(f"{self._base}/loans")
        }
        await asyncio.gather(*(self._lend_one(each, there) for each in data.LENDINGS))

    async def _lend_one(
        self, lending: data.Lending, there: Mapping[tuple[str, str], dict[str, Any]]
    ) -> None:
        path = f"{self._base}/loans"
        entry = self._ids["inventory"][lending.thing]
        borrower = self._ids["borrowers"][lending.borrower]
        loan = there.get((entry, borrower))
        if loan is None:
            today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
            body = {
                "inventory_id": entry,
                "borrower_id": borrower,
                "quantity": lending.quantity,
                "loaned_at": (today + timedelta(days=lending.began)).isoformat(),
                "due_at": (today + timedelta(days=lending.due)).isoformat(),
                "notes": lending.notes,
            }
            loan = (await self._client.post(path, body, key=_key(path, body))).body
        if lending.returned and loan["status"] == "active":
            path = f"{path}/{loan['id']}/return"
            await self._client.post(path, {"condition": "GOOD"}, key=_key(path, {}))

    async def _add(self, resource: str, bodies: Iterable[tuple[str, Mapping[str, object]]]) -> Ids:
        """Make what is not there yet; ids by external_id."""
        path = f"{self._base}/{resource}"
        wanted = dict(bodies)
        ids: Ids = {
            record["external_id"]: record["id"]
            async for record in self._client.pages(path)
            if record["external_id"] in wanted
        }

        async def make(key: str) -> None:
            body = {**wanted[key], "external_id": key}
            ids[key] = (await self._client.post(path, body, key=_key(path, body))).body["id"]

        await asyncio.gather(*(make(key) for key in wanted if key not in ids))
        self._ids[resource] = self._ids.get(resource, {}) | ids
        return ids


def _borrower(name: str | None, email: str | None, phone: str | None) -> dict[str, object]:
    return {"name": name, "email": email, "phone": phone}


async def _unless_there(client: Client, path: str, body: Mapping[str, object]) -> None:
    try:
        await client.post(path, body)
    except RefusedError as refused:
        if refused.status != 409:
            raise


def _key(path: str, body: Mapping[str, object]) -> str:
    """The same request of a repeated load has the same effect, once."""
    said = json.dumps([path, body], sort_keys=True)
    return f"demo-{hashlib.blake2b(said.encode(), digest_size=16).hexdigest()}"
