"""What the gateway hears from Kafka: who may no longer what.

Every replica reads every record, so there is no consumer group and nothing to acknowledge: all
that is kept is in memory, and what a replica did not hear is bounded by short lifetimes and by
reading auth's list again. Only topic, key and type are read, never a payload.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import FAKE_CONSUMER

from chassis.logging import get_logger
from gateway.memberships import Memberships
from gateway.personal_tokens import PersonalTokens
from gateway.revocations import RevokedSessions

MEMBERS = "warehouse.auth.member.v1"
WORKSPACES = "warehouse.auth.workspace.v1"
SESSIONS = "warehouse.auth.session.v1"
TOKENS = "warehouse.auth.token.v1"
USERS = "warehouse.auth.user.v1"
SESSION_REVOKED = "warehouse.auth.session.revoked"
# What is updated may be that members' changes need approval.
WORKSPACE_CHANGED = frozenset(
    {"warehouse.auth.workspace.updated", "warehouse.auth.workspace.deleted"}
)
USER_GONE = frozenset({"warehouse.auth.user.deactivated", "warehouse.auth.user.deleted"})

METADATA_MAX_AGE = 10_000  # milliseconds until a topic that was made late is noticed
LONGEST_PAUSE = 5.0  # seconds between tries to reach Kafka

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """A record as far as the gateway reads it."""

    topic: str
    key: str
    type: str


class EventHandler:
    """Applies one record; a record that makes no sense is logged and left."""

    def __init__(
        self, memberships: Memberships, revoked: RevokedSessions, tokens: PersonalTokens
    ) -> None:
        self._memberships = memberships
        self._revoked = revoked
        self._tokens = tokens

    async def handle(self, heard: Heard) -> None:
        try:
            self._apply(heard)
        except Exception as error:  # noqa: BLE001 - no record may stop the ones after it
            log.warning("event.unreadable", topic=heard.topic, error=repr(error))

    def _apply(self, heard: Heard) -> None:
        if heard.topic == MEMBERS:
            workspace, _, user = heard.key.partition(":")
            self._memberships.forget(str(UUID(workspace)), str(UUID(user)))
        elif heard.topic == WORKSPACES and heard.type in WORKSPACE_CHANGED:
            self._memberships.forget_workspace(str(UUID(heard.key)))
        elif heard.topic == SESSIONS and heard.type == SESSION_REVOKED:
            self._revoked.add(str(UUID(heard.key)))
        elif heard.topic == TOKENS:
            self._tokens.forget(str(UUID(heard.key)))
        elif heard.topic == USERS and heard.type in USER_GONE:
            user = str(UUID(heard.key))
            self._memberships.forget_user(user)
            self._tokens.forget_user(user)
            self._revoked.reload()


class Events:
    """Listens for as long as the gateway runs, and keeps trying while Kafka is away."""

    def __init__(
        self,
        bootstrap_servers: str,
        memberships: Memberships,
        revoked: RevokedSessions,
        tokens: PersonalTokens,
    ) -> None:
        self._memberships = memberships
        self._revoked = revoked
        self._tokens = tokens
        self._broker = KafkaBroker(
            bootstrap_servers.split(","),
            client_id="warehouse-gateway",
            metadata_max_age_ms=METADATA_MAX_AGE,
            consumer_only=True,
            allow_auto_create_topics=False,
            apply_types=False,
            logger=None,
        )
        # Without a group there is no offset to commit: the policy that commits nothing.
        self._subscriber = self._broker.subscriber(
            MEMBERS,
            WORKSPACES,
            SESSIONS,
            TOKENS,
            USERS,
            auto_offset_reset="latest",
            ack_policy=AckPolicy.ACK_FIRST,
            parser=_parse,
            decoder=_decode,
        )
        self._subscriber(EventHandler(memberships, revoked, tokens).handle)
        self._task: asyncio.Task[None] | None = None
        self.listening = False

    async def start(self) -> None:
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self.listening = False
        await self._broker.stop()

    async def _listen(self) -> None:
        pause = 0.25
        while True:
            try:
                await self._broker.start()
                await self._reach_the_end()
            except Exception as error:  # noqa: BLE001 - the gateway lives on without Kafka
                log.warning("events.unreachable", error=repr(error), retry_in=pause)
                await self._broker.stop()
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                break
        # From here on nothing is missed; what happened until now may have been.
        self._memberships.forget_all()
        self._tokens.forget_all()
        self._revoked.reload()
        self.listening = True
        log.info("events.listening")

    async def _reach_the_end(self) -> None:
        """Return once the position in every partition is known."""
        consumer = self._subscriber.consumer
        if consumer is not None:
            for partition in consumer.assignment():
                await consumer.position(partition)


async def _parse(record: Any) -> KafkaMessage:  # noqa: ANN401 - aiokafka's record is untyped
    """The record as it is: FastStream's own parser raises for a header that is no text."""
    return KafkaMessage(body=b"", raw_message=record, consumer=FAKE_CONSUMER)


async def _decode(message: KafkaMessage) -> Heard:
    record: Any = message.raw_message
    types = [value for name, value in record.headers if name == "ce_type"]
    return Heard(
        topic=record.topic,
        key=(record.key or b"").decode("utf-8", "replace"),
        type=types[0].decode("utf-8", "replace") if types else "",
    )
