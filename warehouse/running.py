"""Hosting services in this process: the container's command, and every forked service's."""

import os

import chassis.hosting
import chassis.logging
from chassis.settings import Role
from warehouse.registry import GATEWAY, load


def host(services: list[str], role: str = "all") -> None:
    """Host `services` until SIGTERM; a worker has no gateway, because that only serves."""
    chassis.logging.configure(
        os.environ.get("WAREHOUSE_LOG_FORMAT", "json"),
        os.environ.get("WAREHOUSE_LOG_LEVEL", "INFO"),
    )
    chosen = Role(role)
    names = [name for name in services if chosen.serves or name != GATEWAY]
    chassis.hosting.run([load(name) for name in names], chosen)
