"""What stands before the services start: databases at their newest revision, and every topic.

Each step is a job in a fork of the launcher, which has imported what it needs already.
"""

import asyncio
from typing import Any

from warehouse.embedded.kafka import Kafka
from warehouse.embedded.postgres import Postgres
from warehouse.environment import Platform, embedded_databases
from warehouse.home import Home
from warehouse.registry import SERVICES
from warehouse.supervision.console import OWN, Console
from warehouse.supervision.forks import Forks, Order

REPLAY_AFTER_CRASH = 3600  # seconds; Kafka does not fsync each record
REPLAY_INTO_NEW_KAFKA = 7 * 24 * 3600  # seconds; as long as outboxes keep what was published


class Preparation:
    """The jobs of one start; every one is safe to repeat. Raises `JobFailedError`."""

    def __init__(self, platform: Platform, forks: Forks, console: Console) -> None:
        self._platform = platform
        self._forks = forks
        self._console = console

    async def provision(self, postgres: Postgres) -> None:
        """Databases and roles in the embedded PostgreSQL."""
        rows = [
            [each.name, each.owner.name, each.owner.password, each.app.name, each.app.password]
            for each in embedded_databases(self._platform.secrets).values()
        ]
        await self._job("provision", {"admin_url": postgres.admin_url, "databases": rows})

    async def migrate(self) -> None:
        """Every service's schema, at once; without an owner's URL it is the operator's to do."""
        async with asyncio.TaskGroup() as group:
            for service in SERVICES:
                if owner_url := self._platform.databases[service][1]:
                    arguments = {"service": service, "owner_url": owner_url}
                    group.create_task(self._job("migrate", arguments, name=service))
                else:
                    self._console.event("migrations.skipped", service=service, owner_url="none")

    async def topics(self) -> None:
        servers = self._platform.bootstrap_servers
        await self._job("apply_topics", {"bootstrap_servers": servers})

    async def _job(self, function: str, arguments: dict[str, Any], name: str = OWN) -> None:
        environment = self._platform.of(())
        await self._forks.run(Order(name, f"warehouse.jobs:{function}", arguments, environment))


def replay_seconds(home: Home, kafka: Kafka, postgres: Postgres | None) -> int:
    """How far back the outboxes are to be published again: over what Kafka may have lost. Asked
    once a start, before anything runs."""
    clean = home.take_clean_mark()
    if kafka.is_new:
        databases_are_new = postgres is not None and postgres.is_new
        return 0 if databases_are_new else REPLAY_INTO_NEW_KAFKA
    return 0 if clean else REPLAY_AFTER_CRASH
