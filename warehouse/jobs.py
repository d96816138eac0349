"""What has to be done once per start or deployment: databases, schemas, topics."""

import asyncio
import time

import chassis.migrations
from warehouse import provisioning, topics
from warehouse.databases import Database, Role
from warehouse.supervision.console import TIME


def provision(admin_url: str, databases: list[list[str]]) -> None:
    """`provisioning.provision` with each database as (name, owner, password, app, password)."""
    provisioning.provision(
        admin_url,
        [
            Database(name, Role(owner, owner_password), Role(app, app_password))
            for name, owner, owner_password, app, app_password in databases
        ],
    )


def migrate(service: str, owner_url: str) -> None:
    """Bring one service's database to its newest revision; quick when it is there."""
    if chassis.migrations.is_current(service, owner_url):
        _event(f"migrations.current service={service}")
        return
    chassis.migrations.upgrade(service, owner_url)
    _event(f"migrations.applied service={service}")


def apply_topics(bootstrap_servers: str) -> None:
    """Create the declared topics that are missing; `warehouse topics apply` does the rest."""
    applied = asyncio.run(topics.apply(bootstrap_servers, topics.declared()))
    for name, found, wanted in applied.short:
        _event(f"topic.left_as_is topic={name} partitions={found} declared={wanted}")
    _event(f"topics.applied created={len(applied.created)} kept={len(applied.kept)}")


def _event(text: str) -> None:
    """A line as the supervisor writes its own."""
    print(time.strftime(TIME), text)
