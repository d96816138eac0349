"""From the commit of a change to the commit of what a consumer in another process makes of it.

Items are added to catalog at a steady rate, and inventory notes them. PostgreSQL remembers when
each row's transaction committed (`track_commit_timestamp`): one clock, and nothing of whoever makes
the load is in the figure. Both times are from just before the log is flushed: the first commit's
flush is in the figure, the second's is not.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from load.clients import Client, open_loop
from load.report import Figure, at_most, costs, percentile
from load.stack import Stack
from load.yardstick import LoadError
from support.waiting import eventually

from chassis.identity import HEADER, Identity, IdentitySigner, MemberRole

PART = "latency"
RATE, SECONDS, WARM = 200, 8, 2  # events a second; seconds; seconds before that are not counted
OVERLOADED = 503  # by what others do on the machine: the rate that is reported tells of it
_COMMITTED = """
    SELECT id, pg_xact_commit_timestamp(xmin) AS at FROM {table} WHERE workspace_id = $1
"""
# The mark's transaction begins when Kafka has acknowledged.
_PUBLISHED = "SELECT key::uuid AS id, published_at AS at FROM outbox WHERE workspace_id = $1"

Times = dict[UUID, datetime]


@dataclass(frozen=True)
class Way:
    """Milliseconds from each commit until it was `seen`, and until Kafka had it (`sent`); commits a
    second; CPU milliseconds of each process for one."""

    seen: list[float]
    sent: list[float]
    rate: float
    spent: dict[str, float]


async def measure(stack: Stack) -> list[Figure]:
    await stack.run("catalog", "inventory")
    two = await _one_way(stack)
    await stack.run_everything()
    everybody = await _one_way(stack)
    note = f"{two.rate:.0f} events/s, {len(two.seen):,} events, catalog to inventory"
    heard = f"{everybody.rate:.0f} events/s, while loans, notify and analytics hear of them too"
    return [
        Figure(PART, "commit → seen, p50", percentile(two.seen, 50), "ms", at_most(6), note),
        Figure(PART, "commit → seen, p99", percentile(two.seen, 99), "ms", at_most(25)),
        Figure(PART, "of which → acknowledged, p50", percentile(two.sent, 50), "ms"),
        Figure(PART, "of which → acknowledged, p99", percentile(two.sent, 99), "ms"),
        costs(PART, "an item", two.spent),
        Figure(PART, "everything up, p50", percentile(everybody.seen, 50), "ms", note=heard),
        Figure(PART, "everything up, p99", percentile(everybody.seen, 99), "ms"),
        costs(PART, "an item, everything up", everybody.spent),
    ]


async def _one_way(stack: Stack) -> Way:
    workspace_id = uuid4()
    meter = stack.meter()
    await _add_items(stack, workspace_id)
    changed = await _times(stack, "catalog", _COMMITTED.format(table="items"), workspace_id)

    async def all_noted() -> Times:
        query = _COMMITTED.format(table="known_items")
        found = await _times(stack, "inventory", query, workspace_id)
        return found if len(found) == len(changed) else {}

    noted: Times = await eventually(all_noted, deadline=30)
    spent = meter.each(len(noted))
    published = await _times(stack, "catalog", _PUBLISHED, workspace_id)
    counted = sorted(changed, key=lambda item: changed[item])[RATE * WARM :]
    if len(counted) < RATE:
        raise LoadError(f"{len(changed)} of {RATE * (WARM + SECONDS)} items were taken")
    return Way(
        seen=[_milliseconds(changed[item], noted[item]) for item in counted],
        sent=[_milliseconds(changed[item], published[item]) for item in counted],
        rate=1000 * (len(counted) - 1) / _milliseconds(changed[counted[0]], changed[counted[-1]]),
        spent=spent,
    )


async def _add_items(stack: Stack, workspace_id: UUID) -> None:
    signer = IdentitySigner(stack.environment["WAREHOUSE_IDENTITY_PRIVATE_KEY"])
    who = Identity(user_id=uuid4(), workspace_id=workspace_id, role=MemberRole.MEMBER)
    client = Client(stack.processes.url("catalog"), {HEADER: signer.sign(who)})
    path = f"/v1/workspaces/{workspace_id}/items"

    async def add(number: int) -> None:
        status, body = await client.post(path, {"name": f"Thing {number}"})
        if status not in {201, OVERLOADED}:
            raise LoadError(f"an item was answered {status}: {body.decode()}")

    await open_loop(RATE, WARM + SECONDS, add)
    client.close()


async def _times(stack: Stack, service: str, query: str, workspace_id: UUID) -> Times:
    async with stack.database(service) as connection:
        return {row["id"]: row["at"] for row in await connection.fetch(query, workspace_id)}


def _milliseconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds() * 1000
