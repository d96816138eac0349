"""Histories of aggregates as analytics hears of them, and the rows that it makes of them."""

import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Envelope
from services.analytics.app import PROJECTIONS

START = datetime(2026, 1, 1, tzinfo=UTC)
STRANGER = UUID(int=7)  # the workspace that every payload claims; the envelope tells the true one
Life = list[Envelope]  # what is published of one aggregate, in order


def lives(seed: int) -> list[Life]:
    """The lives of some dozens of aggregates in two workspaces, the same for the same seed. Some
    items never speak for themselves; entries change item, currency and use, loans their item; names
    change."""
    chance = random.Random(seed)
    return [list(life) for life in _Author(chance).lives()]


async def rows(session: TenantSession, workspaces: Sequence[UUID]) -> dict[str, list[str]]:
    """All that analytics keeps of `workspaces`, and of everybody, in this transaction."""
    found = {}
    for table in PROJECTIONS.tables:
        only, those = (
            ("", []) if table == "users" else ("WHERE workspace_id = ANY($1)", [workspaces])
        )
        lines = await session.rows(f"SELECT t::text FROM {table} t {only} ORDER BY 1", *those)
        found[table] = [line for (line,) in lines]
    return found


def workspaces_of(lives: Sequence[Life]) -> list[UUID]:
    return sorted({one.workspace_id for life in lives for one in life if one.workspace_id})


class _Author:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._workspaces = [self._id() for _ in range(2)]
        self._time = START

    def lives(self) -> Iterator[Iterator[Envelope]]:
        for workspace in self._workspaces:
            items = [self._id() for _ in range(7)]
            for item in items[:3]:
                yield self._thing("catalog.item", workspace, item, min_stock_level=5)
            for kind in ("inventory.location", "inventory.container", "loans.borrower"):
                yield self._thing(kind, workspace, self._id())
            for _ in range(4):
                yield self._entry(workspace, items)
            for _ in range(6):
                yield self._loan(workspace, items)
        for _ in range(2):
            yield self._user()

    def _thing(self, kind: str, workspace: UUID, id_: UUID, **state: object) -> Iterator[Envelope]:
        archived = False
        for version in range(1, self._chance.randint(2, 6)):
            verb = self._verb(version, "updated", "archived", "restored")
            archived = verb == "archived" or (archived and verb != "restored")
            name = f"{kind} {self._chance.randrange(3)}"
            yield self._event(
                f"{kind}.{verb}", workspace, id_, version, name=name, is_archived=archived, **state
            )
        if self._chance.random() < 0.3:
            verb = "merged" if kind == "catalog.item" else "deleted"
            yield self._event(
                f"{kind}.{verb}", workspace, id_, version + 1, name=name, is_archived=archived
            )

    def _entry(self, workspace: UUID, items: list[UUID]) -> Iterator[Envelope]:
        id_ = self._id()
        for version in range(1, self._chance.randint(2, 7)):
            verb = self._verb(version, "updated", "adjusted", "archived", "restored", "moved")
            price = self._chance.choice([None, 100, 250])
            yield self._event(
                f"inventory.stock.{verb}",
                workspace,
                id_,
                version,
                item_id=self._chance.choice(items),
                quantity=self._chance.randrange(9),
                purchase_price=price,
                currency=price and self._chance.choice(["EUR", "USD"]),
                is_archived=verb == "archived",
            )

    def _loan(self, workspace: UUID, items: list[UUID]) -> Iterator[Envelope]:
        id_, borrower, item = self._id(), self._id(), self._chance.choice(items)
        known: dict[str, object] = {"item_id": None, "item_name": None}
        steps = ["requested", "active", "active", "active", "partially_returned", "returned"]
        verbs = ["requested", "activated", "extended", "updated", "partially_returned", "returned"]
        if self._chance.random() < 0.3:
            steps, verbs = ["requested", "cancelled"], ["requested", "cancelled"]
        for version in range(1, self._chance.randint(2, len(steps) + 1)):
            if verbs[version - 1] == "updated":  # its item was merged into another
                item = self._chance.choice(items)
            if version > 1 and steps[1] == "active":
                known = {"item_id": item, "item_name": f"Saw {self._chance.randrange(3)}"}
            yield self._event(
                f"loans.loan.{verbs[version - 1]}",
                workspace,
                id_,
                version,
                status=steps[version - 1],
                borrower_id=borrower,
                quantity=2,
                due_at=(START + timedelta(days=version)).isoformat(),
                changes={"status": [None, steps[version - 1]]},
                **known,
            )

    def _user(self) -> Iterator[Envelope]:
        id_ = self._id()
        for version, verb in enumerate(("registered", "updated", "updated", "deleted"), 1):
            yield self._event(f"auth.user.{verb}", None, id_, version, full_name=f"Ann {version}")

    def _verb(self, version: int, *later: str) -> str:
        return "created" if version == 1 else self._chance.choice(later)

    def _event(
        self, type_: str, workspace: UUID | None, id_: UUID, version: int, **state: object
    ) -> Envelope:
        self._time += timedelta(milliseconds=1)
        payload = {"id": id_, "workspace_id": STRANGER, "version": version, **state}
        headers = {
            "ce_id": self._id(),
            "ce_type": f"warehouse.{type_}",
            "ce_subject": id_,
            "ce_time": self._time.isoformat(),
            "ce_aggregateversion": version,
            **({"ce_workspaceid": workspace} if workspace else {}),
        }
        record: Any = SimpleNamespace(
            value=json.dumps(payload, default=str).encode(),
            headers=[(name, str(value).encode()) for name, value in headers.items()],
        )
        envelope = Envelope.read(record)
        assert envelope is not None
        return envelope

    def _id(self) -> UUID:
        return UUID(int=self._chance.getrandbits(128), version=4)
