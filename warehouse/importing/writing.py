"""Records into the API: made, changed, or left as they are."""

import asyncio
import time
from typing import Any

from warehouse.importing.client import Client, RefusedError
from warehouse.importing.faults import RowError
from warehouse.importing.kinds import Fields, Kind
from warehouse.importing.workspaces import Workspace

NEWS = 30.0  # seconds that inventory may take to hear of an item that catalog has
_TRIES = 5  # of a change that somebody else's change of the same record came before
_PLACE = ("location_id", "container_id")
_REASON = "Import"


class Writer:
    """Writes records of one kind. `run` marks the requests of one run, so that the repetition of
    a request has no second effect, and the next run is another."""

    def __init__(self, client: Client, workspace: Workspace, kind: Kind, run: str) -> None:
        self._client = client
        self._path = workspace.path(kind.path)
        self._run = run

    async def create(self, number: int, body: Fields) -> dict[str, Any]:
        """The new record of row `number`."""
        until = time.monotonic() + NEWS
        while True:
            try:
                answer = await self._client.post(self._path, body, key=f"{self._run}:{number}")
            except RefusedError as refused:
                if not _news_is_late(refused) or time.monotonic() > until:
                    raise
                await asyncio.sleep(0.1)
            else:
                record: dict[str, Any] = answer.body
                return record

    async def change(self, record_id: str, changes: Fields) -> dict[str, Any]:
        """The record after the change."""
        path = f"{self._path}/{record_id}"
        record: dict[str, Any] = (await self._client.call("PATCH", path, changes)).body
        return record


class EntryWriter(Writer):
    """Inventory entries: quantity and place change by verbs that write movements. What is changed
    is what was read, or else it is read again: lending goes on while files are imported."""

    async def change(self, record_id: str, changes: Fields) -> dict[str, Any]:
        path = f"{self._path}/{record_id}"
        for attempt in range(_TRIES):
            entry = await self._client.get(path)
            try:
                return await self._apply(path, entry, changes, f"{self._run}:{record_id}:{attempt}")
            except RefusedError as refused:
                if refused.status != 412:
                    raise
        raise RowError.of("row", "others changed this entry all the time; import it again")

    async def _apply(
        self, path: str, entry: dict[str, Any], changes: Fields, key: str
    ) -> dict[str, Any]:
        """Bring an entry as it was read to where the file has it, one verb after another."""
        if changes.get("item_id", entry["item_id"]) != entry["item_id"]:
            raise RowError.of("item", f"this entry is of {entry['item_name']}; that can't change")
        plain = {
            name: value
            for name, value in changes.items()
            if name not in (*_PLACE, "item_id", "quantity") and entry[name] != value
        }
        if plain:
            entry = await self._step("PATCH", path, entry, plain, key)
        place = {name: changes[name] for name in _PLACE if name in changes}
        if any(entry[name] != value for name, value in place.items()):
            destination = {"location_id": entry["location_id"], **place, "reason": _REASON}
            entry = await self._step("POST", f"{path}/move", entry, destination, f"{key}:move")
        if delta := changes.get("quantity", entry["quantity"]) - entry["quantity"]:
            body = {"delta": delta, "reason": _REASON}
            entry = await self._step("POST", f"{path}/adjust", entry, body, f"{key}:adjust")
        return entry

    async def _step(
        self, method: str, path: str, entry: Fields, body: Fields, key: str
    ) -> dict[str, Any]:
        headers = {"if-match": f'"{entry["version"]}"', "idempotency-key": key}
        after: dict[str, Any] = (await self._client.call(method, path, body, headers)).body
        return after


def _news_is_late(refused: RefusedError) -> bool:
    """Whether an item that the file's reader found is not known to inventory yet."""
    return refused.status == 422 and any(
        field.endswith("item_id") and code == "not-found" for field, _, code in refused.errors
    )
