"""Publishing again: rows of an outbox that were sent become pending, and the relay sends them.

Event ids stay what they were, so that whoever applied an event skips it. The relay goes by row ids,
so that the order per key stays as well.
"""

from dataclasses import dataclass
from datetime import datetime

from warehouse import topics
from warehouse.errors import OperatorError
from warehouse.operating.addresses import Addresses
from warehouse.operating.database import connected

_MATCHING = """
    published_at IS NOT NULL
    AND ($1::text IS NULL OR topic = $1) AND ($2::text IS NULL OR key = $2)
    AND ($3::timestamptz IS NULL OR created_at >= $3)
    AND ($4::timestamptz IS NULL OR created_at < $4)
"""
_COUNT = f"SELECT count(*) FROM outbox WHERE {_MATCHING}"
_AGAIN = f"UPDATE outbox SET published_at = NULL WHERE {_MATCHING}"
# Old rows go with the partition of their day. They are numbered from 1: while the first is there,
# or none was ever made, nothing is gone.
_REACH = """
    SELECT least(
        (SELECT created_at FROM outbox ORDER BY id LIMIT 1),
        (SELECT min(to_date(right(c.relname, 8), 'YYYYMMDD'))::timestamp AT TIME ZONE 'UTC'
         FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'outbox'::regclass AND c.relname ~ '_[0-9]{8}$')
    ) AS back_to,
    EXISTS (SELECT FROM outbox WHERE id = 1)
        OR NOT (SELECT is_called FROM outbox_id_seq) AS is_whole
"""


@dataclass(frozen=True)
class Selection:
    """Which published rows: of a topic, of a key, created from `since` on and before `until`."""

    topic: str | None = None
    key: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Replayed:
    """What was, or with `dry_run` would be, sent again. `back_to` is how far back the outbox goes;
    `is_complete` is False when rows that were asked for may be gone from it."""

    service: str
    rows: int
    back_to: datetime | None
    is_complete: bool
    dry_run: bool


async def replay(
    addresses: Addresses, service: str, selection: Selection, *, dry_run: bool = False
) -> Replayed:
    """Have the relay of `service` send the selected rows again, all of them or none. Raises
    `OperatorError` for a topic that is not the service's and when the database can't be asked."""
    _check(service, selection)
    values = (selection.topic, selection.key, selection.since, selection.until)
    async with connected(service, addresses.database(service)) as connection:
        reach = await connection.fetchrow(_REACH)
        if dry_run:
            rows = await connection.fetchval(_COUNT, *values)
        else:
            rows = int((await connection.execute(_AGAIN, *values)).split()[-1])
    return Replayed(
        service=service,
        rows=rows,
        back_to=reach["back_to"],
        is_complete=reach["is_whole"] or _covers(reach["back_to"], selection.since),
        dry_run=dry_run,
    )


def _check(service: str, selection: Selection) -> None:
    own = [topic.name for topic in topics.declared() if publisher(topic.name) == service]
    if selection.topic is not None and selection.topic not in own:
        raise OperatorError(
            f"{service} does not publish {selection.topic}; it publishes {', '.join(own)}."
        )
    since, until = selection.since, selection.until
    if since is not None and until is not None and since >= until:
        raise OperatorError("--since is not before --until: that selects nothing.")


def publisher(topic: str) -> str | None:
    """The service that publishes `topic`; None for dead letters and retries, which nobody does."""
    _, service, aggregate, *_ = (*topic.split("."), "", "")
    return None if aggregate in ("dlq", "retry") else service


def _covers(back_to: datetime | None, since: datetime | None) -> bool:
    return since is not None and back_to is not None and since >= back_to
