"""The use cases of the activity."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Envelope
from services.analytics.activity import repository
from services.analytics.activity.changes import changes_of

Happening = tuple[Envelope, Mapping[str, Any]]


async def record(session: TenantSession, happenings: Sequence[Happening]) -> None:
    """Write down change events, each with what it tells; the same ones again change nothing."""
    await repository.record(session, [_entry(*happening) for happening in happenings])


async def note_users(session: TenantSession, users: Sequence[tuple[UUID, int, str | None]]) -> None:
    """Keep the names of users (id, version, name) as of their newest version; None forgets one."""
    await repository.record_users(
        session,
        [{"id": id_, "version": version, "full_name": name} for id_, version, name in users],
    )


def _entry(event: Envelope, payload: Mapping[str, Any]) -> dict[str, object]:
    entity_type = event.type.split(".")[2]
    changes = changes_of(event.type, payload)
    return {
        "workspace_id": event.workspace_id,
        "id": event.id,
        "occurred_at": event.time,
        "actor_id": _user(event.actor),
        "type": event.type,
        "entity_type": entity_type,
        "entity_id": payload["id"],
        "entity_name": _name(entity_type, payload),
        "item_id": payload.get("item_id"),
        "changes": json.dumps(changes) if changes else "[]",
    }


def _user(actor: str) -> UUID | None:
    """The user behind an actor; None for the system."""
    try:
        return UUID(actor)
    except ValueError:
        return None


def _name(entity_type: str, payload: Mapping[str, Any]) -> str | None:
    """The name as of the event. Stock has none of its own and goes by its item's, when read."""
    if entity_type == "member":
        return payload.get("full_name") or payload.get("email")
    return payload.get("item_name" if entity_type in {"loan", "repair"} else "name")
