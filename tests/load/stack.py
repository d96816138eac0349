"""The stack that is measured: servers as `warehouse up` has them, durable, and the services asked
for, each a process of its own."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from load.cpu import Meter, tree
from support.processes import Processes

from chassis import migrations, sealing
from chassis.identity import new_key_pair
from warehouse import provisioning, topics
from warehouse.databases import Database
from warehouse.embedded import class_cache
from warehouse.embedded.kafka import Kafka
from warehouse.embedded.postgres import Postgres
from warehouse.embedded.server import free_ports
from warehouse.embedded.stack import held
from warehouse.registry import EVERYTHING, SERVICES
from warehouse.topics import Topic

PASSWORD = "known-to-the-load-alone"
BENCH_TOPIC = "warehouse.bench.thing.v1"  # that no service hears
# When a row's transaction committed, on the one clock of the server; and, once statements are
# logged, whose each was.
_SETTINGS = {"track_commit_timestamp": "on", "log_line_prefix": "%p|%a|%d|"}


@dataclass
class Stack:
    """Servers that run, and processes that may."""

    postgres: Postgres
    kafka: Kafka
    environment: dict[str, str]
    processes: Processes

    @property
    def bootstrap_servers(self) -> str:
        return self.kafka.bootstrap_servers

    async def run(self, *services: str) -> None:
        """Let just these run, and be ready."""
        await asyncio.to_thread(self.processes.only, *([service] for service in services))

    async def run_everything(self) -> None:
        await self.run(*EVERYTHING)

    async def forget(self, service: str) -> None:
        """Let a service that runs start anew: what it remembers of a workspace that has grown in
        seconds would hold for minutes."""
        await asyncio.to_thread(self.processes.stop, (service,))
        await self.run_everything()

    async def run_compact(self) -> None:
        """Let everything run in one process, and be ready."""
        await asyncio.to_thread(self.processes.compact)

    def pid(self, service: str) -> int:
        """Of the process that hosts a service which runs."""
        [found] = [
            one.popen.pid for group, one in self.processes.running.items() if service in group
        ]
        return found

    def meter(self) -> Meter:
        """Counts what every service that runs, PostgreSQL and Kafka spend."""
        running = self.processes.running.items()
        pids = {_name(group): one.popen.pid for group, one in running}
        pid_file = self.postgres.data / "postmaster.pid"
        pids["postgres"] = int(pid_file.read_text().splitlines()[0])
        pids["kafka"] = int(self.kafka.pid_file.read_text())
        return Meter({name: tree(pid) for name, pid in pids.items()})

    @contextlib.asynccontextmanager
    async def database(self, service: str) -> AsyncIterator[Any]:
        """A superuser's connection to a service's database."""
        url = self.postgres.admin_url.rsplit("/", 1)[0] + f"/warehouse_{service}"
        connection: Any = await asyncpg.connect(url)
        try:
            yield connection
        finally:
            await connection.close()


def _name(group: Sequence[str]) -> str:
    return group[0] if len(group) == 1 else "all services"


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Stack]:
    """Servers with every database and topic, for a while; no service runs yet."""
    postgres_port, kafka_port = free_ports(2)
    postgres = Postgres(folder / "postgres", postgres_port, settings=_SETTINGS)
    kafka = Kafka(folder / "kafka", kafka_port)
    class_cache.ensure()
    with contextlib.ExitStack() as exits:
        for server in (postgres, kafka):
            exits.enter_context(held(server))
        databases = {
            service: Database.of(service, owner_password=PASSWORD, app_password=PASSWORD)
            for service in SERVICES
        }
        provisioning.provision(postgres.admin_url, databases.values())
        address = f"127.0.0.1:{postgres_port}"
        for service, database in databases.items():
            migrations.upgrade(service, database.owner_url(address))
        bench = Topic(BENCH_TOPIC, partitions=3, replication=1, config={})
        asyncio.run(topics.apply(kafka.bootstrap_servers, [*topics.declared(), bench]))
        ports = dict(zip(EVERYTHING, free_ports(len(EVERYTHING)), strict=True))
        environment = _environment(databases, address, kafka.bootstrap_servers, ports)
        processes = Processes(environment, ports, folder, forked=False)
        exits.callback(processes.stop_all)
        yield Stack(postgres, kafka, environment, processes)


def _environment(
    databases: dict[str, Database], address: str, bootstrap_servers: str, ports: dict[str, int]
) -> dict[str, str]:
    private, public = new_key_pair()
    environment = {
        **os.environ,
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "WAREHOUSE_IDENTITY_PRIVATE_KEY": private,
        "WAREHOUSE_IDENTITY_PUBLIC_KEY": public,
        "AUTH_SIGNING_KEYS": new_key_pair()[0],
        "AUTH_ENCRYPTION_KEYS": sealing.new_key(),
        "WAREHOUSE_MAIL_KEYS": sealing.new_key(),
        "GATEWAY_RATE_LIMITS": "reads=50000/100000 writes=50000/100000 login=1000/10000",
    }
    for service, database in databases.items():
        environment[f"{service.upper()}_DATABASE_URL"] = database.app_url(address)
        environment[f"{service.upper()}_DATABASE_OWNER_URL"] = database.owner_url(address)
        environment[f"GATEWAY_{service.upper()}_URL"] = f"http://127.0.0.1:{ports[service]}"
    for name, port in ports.items():
        environment[f"{name.upper()}_PORT"] = str(port)
    return environment
