"""How a service is put together from its settings, its routers and its listeners."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from sqlalchemy import text

from chassis import changes, idempotency, logging, outbox
from chassis.clock import Schedule
from chassis.consumers import MAX_BATCH, Consumer
from chassis.database import Database
from chassis.http import ConstraintProblems, create_app
from chassis.identity import IdentityVerifier
from chassis.listeners import Listener
from chassis.relay import Relay
from chassis.service import Check, Part, Service
from chassis.settings import ServiceSettings

FORGET_EVERY = 600.0  # seconds between clean-ups of idempotency keys
MAINTAIN_EVERY = 3600.0  # seconds between looks at the partitions of outbox and inbox
MEASURE_EVERY = 10.0  # seconds between counts of what is pending in the outbox


def compose(
    name: str,
    settings: ServiceSettings,
    database: Database,
    *,
    description: str,
    routers: Sequence[APIRouter],
    listeners: Sequence[Listener] = (),
    schedules: Sequence[Schedule] = (),
    serving: Sequence[Part] = (),
    working: Sequence[Part] = (),
    draining: Sequence[Callable[[], None]] = (),
    constraints: ConstraintProblems,
    state: Mapping[str, Any] | None = None,
    feed: bool = False,
    max_batch: int = MAX_BATCH,
    linger: float = 0.0,
) -> Service:
    """A service whose API role serves `routers` and whose worker role runs the relay, the
    consumer of `listeners` (`max_batch` and `linger` are its), the `schedules` and what else is
    `working`. `feed`: it has a feed of changes."""
    logging.configure(settings.log_format, settings.log_level)
    relay = Relay(
        settings.database_url,
        service=name,
        bootstrap_servers=settings.kafka_bootstrap_servers,
        replay_seconds=settings.replay_seconds,
    )
    database.on_commit.append(relay.wake)
    parts: list[Part] = [relay]
    notes: dict[str, Check] = {}
    if any(listener.types for listener in listeners):
        consumer = Consumer(
            service=name,
            bootstrap_servers=settings.kafka_bootstrap_servers,
            database=database,
            listeners=listeners,
            max_batch=max_batch,
            linger=linger,
        )
        parts.append(consumer)
        # No check: a service serves while Kafka is away.
        notes["consuming"] = consumer.ready

    async def forget() -> None:
        async with database.system() as session:
            await session.execute(text(idempotency.FORGET))

    async def maintain() -> None:
        await outbox.maintain(database, settings.outbox_days)

    async def mend() -> None:
        await changes.mend(database)

    async def measure() -> None:
        await outbox.measure(database, name)

    parts += [
        Schedule(f"{name}-forget-idempotency-keys", forget, FORGET_EVERY),
        Schedule(f"{name}-maintain-backbone", maintain, MAINTAIN_EVERY),
        Schedule(f"{name}-measure-outbox", measure, MEASURE_EVERY),
        *([Schedule(f"{name}-mend-changes", mend, MAINTAIN_EVERY)] if feed else ()),
        *schedules,
        *working,
    ]
    checks = {"database": database.ready}
    return Service(
        name=name,
        app=create_app(
            name,
            description=description,
            routers=routers,
            database=database,
            verifier=IdentityVerifier(settings.identity_public_key),
            checks=checks,
            notes=notes,
            constraints=constraints,
            state=state,
        ),
        host=settings.host,
        port=settings.port,
        shared=[database],
        serving=serving,
        working=parts,
        checks=checks,
        draining=draining,
    )
