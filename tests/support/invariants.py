"""The invariants of the design, and that the books of stock are right, over all there is to see.

`healed` waits until the platform has come to rest after a fault and returns what it then looks
like; `violations` says what is wrong with a snapshot, and is plain code over plain data.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka.errors import KafkaError

from support import books
from support import snapshot as snapshots
from support.faults import Platform
from support.mirrors import MIRRORS, OPEN, mirrors, subject, totals
from support.snapshot import Record, Row, Snapshot, heard_types
from support.workload import Promise, Verb, Workload
from warehouse.registry import SERVICES

HEALED = 90.0  # seconds in which the platform comes to rest, on a machine that is busy

_STOCK = "warehouse.inventory.stock.v1"
# It tells of a refusal and is no state of the entry: it carries the version that refused.
_NO_STATE = "warehouse.inventory.stock.hold_rejected"
# What an operation leaves behind, and in which column its mark is.
_EFFECTS: dict[Verb, tuple[str, str]] = {
    Verb.CREATE: ("catalog.items", "name"),
    Verb.SHELVE: ("inventory.entries", "notes"),
    Verb.MOVE: ("inventory.movements", "reason"),
    Verb.ADJUST: ("inventory.movements", "reason"),
    Verb.LEND: ("loans.loans", "notes"),
    Verb.RETURN: ("loans.loan_returns", "notes"),
}


@dataclass(frozen=True, order=True)
class Violation:
    """What is wrong, by the number of the invariant that it breaks."""

    invariant: int
    what: str


@dataclass(frozen=True)
class Expected:
    """What a test knows beside the snapshot: what was promised, and which events are dead letters
    of which service, as (service, event id)."""

    promises: Collection[Promise] = ()
    dead: Collection[tuple[str, str]] = field(default=frozenset())


async def healed(
    stack: Platform,
    workload: Workload,
    *,
    dead: Collection[tuple[str, str]] = frozenset(),
    deadline: float = HEALED,
) -> Snapshot:
    """Wait until no invariant is violated, and return the snapshot that shows it. Fails after
    `deadline` seconds with every violation that is left."""
    expected = Expected(tuple(workload.promises), dead)
    until = time.monotonic() + deadline
    while True:
        try:
            snapshot = await snapshots.take(stack, workload.workspace_ids)
            found = violations(snapshot, expected)
        except (KafkaError, OSError) as error:  # a server that is not back yet
            found = [Violation(9, repr(error))]
        if not found:
            return snapshot
        if time.monotonic() > until:
            shown = "\n".join(f"  {one.invariant}: {one.what}" for one in found[:20])
            raise AssertionError(f"{len(found)} violations after {deadline} s:\n{shown}")


def violations(snapshot: Snapshot, expected: Expected) -> list[Violation]:
    """Everything in `snapshot` that breaks an invariant."""
    return [
        Violation(number, what)
        for number, check in _CHECKS.items()
        for what in check(snapshot, expected)
    ]


def _exactly_once(snapshot: Snapshot, expected: Expected) -> Iterator[str]:
    """1: every committed change is published, applied by whoever hears it and seen in every
    projection; nothing else is."""
    committed = {
        row["event_id"]: row
        for table, rows in snapshot.tables.items()
        if table.endswith(".outbox")
        for row in rows
    }
    published = {record.event_id: record for record in snapshot.records}
    for event_id in committed.keys() - published.keys():
        yield f"committed and never published: {committed[event_id]['type']} {event_id}"
    for event_id in published.keys() - committed.keys():
        yield f"published and never committed: {published[event_id].type} {event_id}"
    for service in SERVICES:
        heard = {one.event_id for one in published.values() if one.type in heard_types(service)}
        for event_id in heard - snapshot.inboxes[service]:
            if (service, event_id) not in expected.dead:
                yield f"{service} never applied {published[event_id].type} {event_id}"
    yield from mirrors(snapshot)
    yield from totals(snapshot)
    yield from _logged(snapshot, published)
    yield from _told(snapshot, published)


def _logged(snapshot: Snapshot, published: dict[str, Record]) -> Iterator[str]:
    """Each change is in the activity once."""
    logged = {row["id"]: row for row in snapshot.tables["analytics.activity"]}
    for event_id, record in published.items():
        if record.type in heard_types("analytics") and event_id not in logged:
            yield f"not in the activity: {record.type} {event_id}"
    for event_id in logged.keys() - published.keys():
        yield f"in the activity and never published: {logged[event_id]['type']} {event_id}"


def _told(snapshot: Snapshot, published: dict[str, Record]) -> Iterator[str]:
    """Each return is told to each of the staff once."""
    staff: defaultdict[str | None, set[str]] = defaultdict(set)
    for member in snapshot.tables["auth.members"]:
        if member["role"] in ("owner", "admin"):
            staff[member["workspace_id"]].add(member["user_id"])
    told: defaultdict[str, list[str]] = defaultdict(list)
    for notice in snapshot.tables["notify.notifications"]:
        if notice["type"] == "LOAN_RETURNED":
            told[notice["event_id"]].append(notice["user_id"])
    for event_id, record in published.items():
        if record.type.endswith((".loan.returned", ".loan.partially_returned")):
            wanted = sorted(staff[record.workspace_id])
            if sorted(told[event_id]) != wanted:
                yield f"of {event_id} were told {sorted(told[event_id])} instead of {wanted}"


def _in_order(snapshot: Snapshot, _: Expected) -> Iterator[str]:
    """2: per key, in the order of first occurrences, versions are 1, 2, 3 and so on."""
    versions: defaultdict[tuple[str, str | None], list[int]] = defaultdict(list)
    for record in snapshot.first_occurrences():
        if record.type != _NO_STATE:
            version = int(record.headers["ce_aggregateversion"])
            versions[record.topic, record.key].append(version)
    for (topic, key), seen in versions.items():
        if seen != list(range(1, len(seen) + 1)):
            yield f"versions of {key} in {topic}: {seen}"
    partitions: defaultdict[tuple[str, str | None], set[int]] = defaultdict(set)
    for record in snapshot.records:
        partitions[record.topic, record.key].add(record.partition)
    for (topic, key), places in partitions.items():
        if len(places) > 1:
            yield f"{key} is in partitions {sorted(places)} of {topic}"


def _books(snapshot: Snapshot, _: Expected) -> Iterator[str]:
    """10: the ledger sums to the present, and trees are trees."""
    yield from books.wrong_in({name: snapshot.tables[f"inventory.{name}"] for name in books.TABLES})


def _at_rest(snapshot: Snapshot, _: Expected) -> Iterator[str]:
    """3: the outbox is drained, nobody lags, and what is held is what is lent or in repair."""
    if snapshot.pending:
        yield f"{snapshot.pending} rows pending in the outboxes"
    if snapshot.lag:
        yield f"{snapshot.lag} records not consumed yet"
    for loan in snapshot.tables["loans.loans"]:
        if loan["status"] == "requested":
            yield f"loan {loan['id']} was never decided"
    held, out = _held(snapshot), _lent(snapshot) + _in_repair(snapshot)
    entries = {row["id"]: row["held_quantity"] for row in snapshot.tables["inventory.entries"]}
    for entry_id in entries.keys() | held.keys() | out.keys():
        said = entries.get(entry_id)
        if not said == held[entry_id] == out[entry_id]:
            yield (
                f"entry {entry_id}: held {said}, holds {held[entry_id]}, "
                f"lent or in repair {out[entry_id]}"
            )


def _lent(snapshot: Snapshot) -> Counter[str]:
    """What is out, by entry."""
    lent: Counter[str] = Counter()
    for loan in snapshot.tables["loans.loans"]:
        if loan["status"] in OPEN:
            lent[loan["inventory_id"]] += loan["quantity"] - loan["returned_quantity"]
    return lent


def _in_repair(snapshot: Snapshot) -> Counter[str]:
    """What is being repaired, by entry."""
    mended: Counter[str] = Counter()
    for repair in snapshot.tables["inventory.repairs"]:
        if repair["status"] in ("PENDING", "IN_PROGRESS"):
            mended[repair["entry_id"]] += repair["quantity"]
    return mended


def _held(snapshot: Snapshot) -> Counter[str]:
    """What holds are in force, by entry."""
    held: Counter[str] = Counter()
    for hold in snapshot.tables["inventory.holds"]:
        if hold["state"] == "held":
            held[hold["entry_id"]] += hold["quantity"] - hold["released_quantity"]
    return held


def _never_negative(snapshot: Snapshot, _: Expected) -> Iterator[str]:
    """4: now, and in every state that was ever published."""
    states: list[Row] = [*snapshot.tables["inventory.entries"]]
    states += [
        one.payload
        for one in snapshot.records
        if one.topic == _STOCK and "held_quantity" in one.payload
    ]
    for state in states:
        if not 0 <= state["held_quantity"] <= state["quantity"]:
            yield f"entry {state['id']}: {state['held_quantity']} held of {state['quantity']}"


def _in_one_place(snapshot: Snapshot, expected: Expected) -> Iterator[str]:
    """5: the dead letters are those expected, each once, and none of them was applied."""
    letters = Counter(
        (service, record.event_id)
        for service, records in snapshot.dead.items()
        for record in records
    )
    for letter, times in letters.items():
        if letter not in expected.dead:
            yield f"dead and not expected to be: {letter}"
        elif times > 1:
            yield f"{times} times among the dead letters: {letter}"
        if letter[1] in snapshot.inboxes.get(letter[0], ()):
            yield f"dead and applied: {letter}"
    for letter in set(expected.dead) - letters.keys():
        yield f"expected among the dead letters: {letter}"


def _again_changes_nothing(snapshot: Snapshot, _: Expected) -> Iterator[str]:
    """6: whatever was delivered again had its effect once: a hold of each loan, a notification of
    each event for each user, and returns that sum up to what was returned."""
    holds = Counter(
        (one["purpose"], one["reference"]) for one in snapshot.tables["inventory.holds"]
    )
    yield from (f"{times} holds of {one}" for one, times in holds.items() if times > 1)
    notices = Counter(
        (one["event_id"], one["user_id"]) for one in snapshot.tables["notify.notifications"]
    )
    yield from (f"told {times} times: {one}" for one, times in notices.items() if times > 1)
    returned: Counter[str] = Counter()
    for one in snapshot.tables["loans.loan_returns"]:
        returned[one["loan_id"]] += one["quantity"]
    for loan in snapshot.tables["loans.loans"]:
        if returned[loan["id"]] != loan["returned_quantity"]:
            yield f"of loan {loan['id']} {loan['returned_quantity']} came back by {returned}"
    states: dict[str, Record] = {}
    for record in snapshot.first_occurrences():
        if record.topic == "warehouse.loans.loan.v1":
            states[record.payload["id"]] = record
    for loan in snapshot.tables["loans.loans"]:
        last = states.get(loan["id"])
        if last is not None and last.payload["status"] != loan["status"]:
            yield f"loan {loan['id']} is {loan['status']}, told was {last.payload['status']}"


def _no_mix(snapshot: Snapshot, _: Expected) -> Iterator[str]:
    """7: an event, and all that was made of it, is of one workspace."""
    for record in snapshot.records:
        if record.payload.get("workspace_id") != record.workspace_id:
            yield f"{record.type} {record.event_id} is of two workspaces"
    events: dict[str, str | None] = {
        record.event_id: record.workspace_id for record in snapshot.records
    }
    for table, column in (("analytics.activity", "id"), ("notify.notifications", "event_id")):
        yield from _strangers(table, column, snapshot.tables[table], events)
    for source, mirror, _columns_compared in MIRRORS:
        homes = {subject(row): row["workspace_id"] for row in snapshot.tables[source]}
        rows = [{"id": subject(row), **row} for row in snapshot.tables[mirror]]
        yield from _strangers(mirror, "id", rows, homes)
    members = {(one["workspace_id"], one["user_id"]) for one in snapshot.tables["auth.members"]}
    for notice in snapshot.tables["notify.notifications"]:
        if (notice["workspace_id"], notice["user_id"]) not in members:
            yield f"{notice['user_id']} was told of another's {notice['event_id']}"


def _strangers(
    table: str, column: str, rows: list[Row], homes: Mapping[str, str | None]
) -> Iterator[str]:
    """Rows in another workspace than what they were made of."""
    for row in rows:
        if homes.get(row[column], row["workspace_id"]) != row["workspace_id"]:
            yield f"{table} {row[column]} is in {row['workspace_id']}, which is another's"


def _one_effect(snapshot: Snapshot, expected: Expected) -> Iterator[str]:
    """8: however often an operation was asked for with its key, it was done at most once."""
    counts = _count_effects(snapshot)
    for promise in expected.promises:
        if promise.verb in _EFFECTS and (times := counts[_EFFECTS[promise.verb], promise.mark]) > 1:
            yield f"{promise.verb} {promise.mark} was done {times} times"


def _nothing_lost(snapshot: Snapshot, expected: Expected) -> Iterator[str]:
    """9: what was acknowledged is there, and what was refused is not."""
    counts = _count_effects(snapshot)
    loans = {row["id"]: row for row in snapshot.tables["loans.loans"]}
    known = {
        verb: {row["id"]: row for row in snapshot.tables[_EFFECTS[verb][0]]}
        for verb in (Verb.CREATE, Verb.SHELVE)
    }
    for promise in expected.promises:
        what = f"{promise.verb} {promise.mark} ({promise.status})"
        effects = counts[_EFFECTS[promise.verb], promise.mark] if promise.verb in _EFFECTS else None
        if not promise.is_kept:
            if effects and promise.verb is not Verb.LEND:  # a refused loan is kept, as rejected
                yield f"refused and done: {what}"
            continue
        if effects == 0 and not (promise.verb is Verb.MOVE and promise.status == 200):
            yield f"acknowledged and lost: {what}"
        if promise.verb in known and promise.body["id"] not in known[promise.verb]:
            yield f"acknowledged and lost: {what}, {promise.body['id']}"
        if promise.verb in (Verb.LEND, Verb.RETURN, Verb.CANCEL):
            yield from _goes_on(promise, loans.get(promise.body["id"]))


def _goes_on(promise: Promise, loan: Row | None) -> Iterator[str]:
    """A loan never goes back behind what was said of it."""
    said = promise.body["status"]
    if loan is None:
        yield f"said to be {said} and gone: loan {promise.body['id']}"
        return
    later = {
        "active": {"active", "partially_returned", "returned"},
        "partially_returned": {"partially_returned", "returned"},
        "returned": {"returned"},
        "cancelled": {"cancelled"},
    }.get(said)
    if later is not None and loan["status"] not in later:
        yield f"loan {loan['id']} was said to be {said} and is {loan['status']}"
    if loan["returned_quantity"] < promise.body["returned_quantity"]:
        yield f"returns of loan {loan['id']} were lost"


def _count_effects(snapshot: Snapshot) -> Counter[tuple[tuple[str, str], str]]:
    """How often each mark is where its operation leaves it. A part that was split off an entry has
    the notes of the whole, and was nobody's operation."""
    parts = {row["to_entry_id"] for row in snapshot.tables["inventory.movements"]}
    return Counter(
        ((table, column), row[column])
        for table, column in set(_EFFECTS.values())
        for row in snapshot.tables[table]
        if row[column] is not None and not (table == "inventory.entries" and row["id"] in parts)
    )


_CHECKS: dict[int, Callable[[Snapshot, Expected], Iterator[Any]]] = {
    1: _exactly_once,
    2: _in_order,
    3: _at_rest,
    4: _never_negative,
    5: _in_one_place,
    6: _again_changes_nothing,
    7: _no_mix,
    8: _one_effect,
    9: _nothing_lost,
    10: _books,
}
