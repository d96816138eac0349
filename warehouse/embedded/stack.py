"""PostgreSQL and Kafka for a while: what the test suite runs on.

with stack.running(folder) as servers:
    provision(servers.admin_url, ...)
"""

import contextlib
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from warehouse.embedded import class_cache
from warehouse.embedded.kafka import Kafka
from warehouse.embedded.postgres import Postgres
from warehouse.embedded.server import Server, free_ports, spawn, wait_ready

DEADLINE = 60  # seconds for a server to answer
GRACE = 10  # seconds for a server to stop before it is killed


@dataclass(frozen=True)
class Servers:
    """Where the pair listens: the superuser's URL and the bootstrap servers."""

    admin_url: str
    bootstrap_servers: str
    postgres: Postgres
    kafka: Kafka


@contextlib.contextmanager
def running(folder: Path, *, durable: bool = True) -> Iterator[Servers]:
    """Start the pair in `folder` on free ports, in parallel; stop it at the end."""
    postgres_port, kafka_port = free_ports(2)
    postgres = Postgres(folder / "postgres", postgres_port, durable=durable)
    kafka = Kafka(folder / "kafka", kafka_port)
    class_cache.ensure()
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        starting = [pool.submit(stack.enter_context, held(server)) for server in (postgres, kafka)]
        for start in starting:
            start.result()
        yield Servers(postgres.admin_url, kafka.bootstrap_servers, postgres, kafka)


@contextlib.contextmanager
def held(server: Server) -> Iterator[Server]:
    """Start one server and wait until it answers; stop it at the end, by force if it lingers."""
    server.prepare()
    process = spawn(server.launch())
    server.started(process.pid)
    try:
        wait_ready(server, process, DEADLINE)
        yield server
    finally:
        process.send_signal(server.stop_signal)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
