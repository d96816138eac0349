"""The transactional outbox: a use case changes its rows and stages its events in one transaction.

Staged events are written just before the commit, after the aggregate rows they tell of were locked
and flushed, so that per key the order of ids is the order of commits. `chassis.relay` sends them.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json
from sqlalchemy import text
from uuid_utils.compat import uuid7

from chassis import appending, context, metrics
from chassis.events import Event, now
from chassis.logging import get_logger
from chassis.problems import PayloadTooLarge

if TYPE_CHECKING:
    from chassis.database import Database, TenantSession

log = get_logger(__name__)

SHARDS = 16
MAX_PAYLOAD = 900_000  # bytes of JSON; Kafka takes records of 1 MiB, headers included


class TooMuchToTell(PayloadTooLarge):
    code, title = "too-much-to-tell", "This change is too large for an event"


_COLUMNS = {
    "event_id": "uuid",
    "workspace_id": "uuid",
    "topic": "text",
    "key": "text",
    "type": "text",
    "aggregate_version": "integer",
    "headers": "text",
    "payload": "text",
    "shard": "smallint",
    "created_at": "timestamptz",
}
_MAINTAIN = text("SELECT maintain_backbone(:keep_days)")
_MEASURE = text("""
    SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)
    FROM outbox WHERE published_at IS NULL
""")


def stage(session: "TenantSession", event: Event) -> None:
    """Publish `event` if, and only if, this session's transaction commits. Raises `TooMuchToTell`
    for one that Kafka would not take."""
    _add(session, _row(event))


def stage_state(session: "TenantSession", happened: type[Event], state: Mapping[str, Any]) -> None:
    """As `stage`, of an event that is given as the values of its fields: where many are staged at
    once, to make a model of what comes from the tables anyway takes most of the time. Fields that
    `state` leaves out have their default; what is no field is not told."""
    event_id, time = uuid7(), now()
    key, version, workspace_id = str(state["id"]), state["version"], state["workspace_id"]
    context_ = context.current()
    head = _head(happened, context_.actor, context_.traceparent or context.continue_trace(None))
    where = "" if workspace_id is None else f', "ce_workspaceid": "{workspace_id}"'
    row = {
        "event_id": event_id,
        "workspace_id": workspace_id,
        "topic": happened.topic,
        "key": key,
        "type": happened.type,
        "aggregate_version": version,
        "headers": f'{head}, "ce_id": "{event_id}", "ce_subject": "{key}", "ce_time": '
        f'"{time.isoformat()}", "ce_partitionkey": "{key}", "ce_aggregateversion": "{version}"'
        f"{where}}}",
        "payload": to_json(
            {told: state.get(name, default) for name, told, default in _fields(happened)}
        ).decode(),
        "shard": shard_of(key),
        "created_at": time,
    }
    _add(session, row)


def _add(session: "TenantSession", row: dict[str, Any]) -> None:
    # What the broker refuses would be sent again for ever, and hold all behind it.
    size = len(row["payload"].encode())
    if size > MAX_PAYLOAD:
        raise TooMuchToTell(
            f"This change takes {size:,} bytes to tell of, and {MAX_PAYLOAD:,} is the most; send "
            "shorter texts, or less at once."
        )
    session.info.setdefault("staged", []).append(row)


def staged(session: "TenantSession") -> int:
    """How many events are staged so far."""
    return len(session.info.get("staged", ()))


def unstage(session: "TenantSession", since: int) -> None:
    """Forget the events that were staged after there were `since` of them: what they tell of was
    rolled back to a savepoint."""
    del session.info.get("staged", [])[since:]


async def write(session: "TenantSession") -> None:
    """Flush the session, then insert what was staged, in order."""
    if staged := _take(session):
        await session.rows(_insert(1), *staged)
    else:
        await session.flush()


async def write_and_select(session: "TenantSession", sql: str, *args: object) -> list[Any]:
    """As `write`, and the rows of a plain SELECT, which sees what this session changed (save for a
    row that is `appending.Appended`): both in one round trip."""
    if not (staged := session.info.get("staged")):
        return await session.rows(sql, *args)
    along = _along(session, staged, args)
    _taken(session)
    return await session.rows(f"WITH {', '.join(along.parts)} {sql}", *along.values)


async def write_with(
    session: "TenantSession", change: str, sql: str, *args: object, last: bool = False
) -> list[Any]:
    """As `write_and_select`, with the change itself, all in one round trip; `last`: it ends the
    transaction (`TenantSession.last_rows`). `change` returns the rows that it changes, `sql` has
    them as `changed`; where there are none, nothing is written, and what was to be still is."""
    staged = session.info.get("staged", [])
    along = _along(session, staged, args, "WHERE EXISTS (SELECT FROM changed)")
    parts = [f"changed AS ({change})", *along.parts]
    ask = session.last_rows if last else session.rows
    rows = await ask(f"WITH {', '.join(parts)} {sql}", *along.values)
    if rows:
        _taken(session)
    elif along.appended is not None:
        session.add(along.appended)
    return rows


async def maintain(database: "Database", keep_days: int) -> None:
    """Make the coming days' partitions of outbox and inbox, and drop those that are past keeping:
    published rows after `keep_days`, the inbox's memory of them a day later."""
    async with database.system() as session:
        result = await session.execute(_MAINTAIN, {"keep_days": keep_days})
        done = list(result.scalars())
    if done:
        log.info("backbone.maintained", database=database.name, done=done)


async def measure(database: "Database", service: str) -> None:
    """Tell the metrics how much is pending, and for how long."""
    async with database.system() as session:
        pending, seconds = (await session.execute(_MEASURE)).one()
    metrics.OUTBOX_PENDING.labels(service).set(pending)
    metrics.OUTBOX_OLDEST.labels(service).set(seconds)


def shard_of(key: str) -> int:
    """The shard of a Kafka key: stable across processes, releases and machines."""
    return zlib.crc32(key.encode()) % SHARDS


def _take(session: "TenantSession") -> list[list[Any]]:
    """What was staged, column by column; whoever publishes it is woken by the commit."""
    staged = session.info.get("staged")
    if not staged:
        return []
    _taken(session)
    return _columns_of(staged)


def _taken(session: "TenantSession") -> None:
    session.info.pop("staged", None)
    session.wake()


@dataclass(frozen=True, slots=True)
class _Along:
    """What goes along with a statement, as parts of its WITH; all values; the row among it."""

    parts: list[str]
    values: list[object]
    appended: appending.Appended | None


def _along(
    session: "TenantSession",
    staged: Sequence[Mapping[str, Any]],
    args: Sequence[object],
    where: str = "",
) -> _Along:
    values = [*args, *_columns_of(staged)]
    parts = [f"staged AS ({_insert(len(args) + 1, where)})"]
    waiting = appending.take(session, len(values) + 1, where)
    if waiting is None:
        return _Along(parts, values, None)
    parts.append(f"appended AS ({waiting.sql})")
    return _Along(parts, [*values, *waiting.values], waiting.row)


def _columns_of(rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    return [[row[column] for row in rows] for column in _COLUMNS]


@cache
def _insert(first: int, where: str = "") -> str:
    """Inserts any number of rows, which get their ids in the order they are given in: columns are
    parameters from the `first` on."""
    columns = ", ".join(_COLUMNS)
    values = columns.replace("headers", "headers::json")
    arrays = ", ".join(f"${n}::{type_}[]" for n, type_ in enumerate(_COLUMNS.values(), first))
    return (
        f"INSERT INTO outbox ({columns}) SELECT {values} FROM unnest({arrays}) "
        f"WITH ORDINALITY AS staged ({columns}, ordinality) {where} ORDER BY ordinality"
    )


def _row(event: Event) -> dict[str, Any]:
    event_id, time = uuid7(), now()
    return {
        "event_id": event_id,
        "workspace_id": event.workspace_id,
        "topic": event.topic,
        "key": event.key,
        "type": event.type,
        "aggregate_version": event.version,
        "headers": json.dumps(_headers(event, str(event_id), time)),
        "payload": event.model_dump_json(),
        "shard": shard_of(event.key),
        "created_at": time,
    }


def _source(happened: type[Event]) -> str:
    return "/" + happened.topic.split(".")[1]


def _dataschema(happened: type[Event]) -> str:
    return f"urn:warehouse:event:{happened.type}:{happened.schema_version}"


def _headers(event: Event, event_id: str, time: datetime) -> dict[str, str]:
    """The CloudEvents attributes, prefixed as the Kafka binding's section 3.2 asks."""
    now_ = context.current()
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_source": _source(type(event)),
        "ce_type": event.type,
        "ce_subject": str(event.id),
        "ce_time": time.isoformat(),
        "ce_dataschema": _dataschema(type(event)),
        "ce_partitionkey": event.key,
        "ce_aggregateversion": str(event.version),
        "ce_actor": now_.actor,
        "content-type": "application/json",
        "traceparent": now_.traceparent or context.continue_trace(None),
    }
    if event.workspace_id is not None:
        headers["ce_workspaceid"] = str(event.workspace_id)
    return headers


@lru_cache(256)
def _head(happened: type[Event], actor: str, traceparent: str) -> str:
    """The beginning of the headers of many events alike, as JSON."""
    same = {
        "ce_specversion": "1.0",
        "ce_source": _source(happened),
        "ce_type": happened.type,
        "ce_dataschema": _dataschema(happened),
        "ce_actor": actor,
        "content-type": "application/json",
        "traceparent": traceparent,
    }
    return json.dumps(same)[:-1]


@cache
def _fields(happened: type[Event]) -> tuple[tuple[str, str, Any], ...]:
    """An event's fields with their names in the payload and their defaults."""
    aliased = happened.model_config.get("serialize_by_alias")
    return tuple(
        (name, (aliased and field.serialization_alias) or name, field.get_default())
        for name, field in happened.model_fields.items()
    )


def headers_to_bytes(headers: str | bytes) -> list[tuple[str, bytes]]:
    """A row's headers as Kafka takes them."""
    return [(name, value.encode()) for name, value in from_json(headers).items()]
