"""The start's own checks, and the hand-over to the supervisor."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from warehouse.embedded import class_cache, jars
from warehouse.embedded.kafka import Kafka
from warehouse.embedded.postgres import Postgres
from warehouse.embedded.server import free_ports, is_taken
from warehouse.environment import external_databases
from warehouse.errors import OperatorError
from warehouse.home import Home
from warehouse.registry import GATEWAY, SERVICES
from warehouse.supervision import remains
from warehouse.supervision.console import Console
from warehouse.supervisor import Options, Supervisor


@dataclass(frozen=True)
class Wishes:
    """The flags of `warehouse up`; a port of 0 is any free one."""

    home: Path
    host: str
    port: int
    kafka_port: int
    demo: bool
    compact: bool


def up(wishes: Wishes) -> int:
    """Run the platform until it is told to stop; the exit code. Raises `OperatorError` for what
    keeps it from starting, before anything is started."""
    environment = dict(os.environ)
    with_kafka = not environment.get("KAFKA_BOOTSTRAP_SERVERS")
    with_postgres = external_databases(environment) is None
    if with_kafka:
        _refuse_one_port_for_two(wishes)
    home, console = Home(wishes.home), Console()
    with home.locked(waiting=lambda: _say_waiting(console)) as lock:
        remains.clear(home.run())
        if with_kafka:
            Kafka(home.kafka, 0).stop_leftover()
        if with_postgres:
            Postgres(home.postgres, 0).stop_leftover()
        _refuse_taken(wishes.host, wishes.port, "WAREHOUSE_PORT")
        if with_kafka:
            _refuse_taken("127.0.0.1", wishes.kafka_port, "WAREHOUSE_KAFKA_PORT")
            jars.ensure()
            class_cache.ensure()
        options = Options(
            host=wishes.host,
            ports=ports_for(wishes),
            environment=environment,
            compact=wishes.compact,
            demo=wishes.demo,
        )
        return asyncio.run(_supervise(home, options, lock, console))


async def _supervise(home: Home, options: Options, lock: int, console: Console) -> int:
    return await Supervisor(home, options, lock, console).run()


def _say_waiting(console: Console) -> None:
    console.event("platform.waiting", reason="'the last one is still going down'")


def ports_for(wishes: Wishes) -> dict[str, int]:
    """A port for everything that listens: those wished for, and free ones that differ from them."""
    wished = {GATEWAY: wishes.port, "kafka": wishes.kafka_port}
    chosen = {name: port for name, port in wished.items() if port}
    names = (GATEWAY, "kafka", "kafka-controller", "postgres", *SERVICES)
    free = [p for p in free_ports(len(names) + len(chosen)) if p not in chosen.values()]
    return dict(zip(names, free, strict=False)) | chosen


def _refuse_one_port_for_two(wishes: Wishes) -> None:
    """Neither is listened on yet, so that no look at the port would tell."""
    port = wishes.port
    if port and port == wishes.kafka_port:
        raise OperatorError(
            f"Port {port} is asked for twice: by WAREHOUSE_PORT for the gateway and by "
            f"WAREHOUSE_KAFKA_PORT for Kafka. Choose another for one of them: "
            f"WAREHOUSE_KAFKA_PORT={port + 1} make up"
        )


def _refuse_taken(host: str, port: int, variable: str) -> None:
    if port and is_taken(host, port):
        raise OperatorError(
            f"Port {port} is taken by another program. Stop that one, or choose another port: "
            f"{variable}={port + 1} make up"
        )
