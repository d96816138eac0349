"""PostgreSQL and Kafka as docker-compose.yml names and sets them up, in containers for a while.

The images and their settings are read from the compose file, so that what is tested is what is
shipped; only addresses differ, because the tests reach both from outside.
"""

import contextlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from testcontainers.core.container import DockerContainer

from warehouse.embedded.server import free_ports

COMPOSE = Path(__file__).resolve().parents[2] / "docker-compose.yml"
PASSWORD = "known-to-tests-alone"
DEADLINE = 120.0  # seconds for an image to be fetched and its server to answer

_WITH_DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")
_INSIDE = 9094  # where the image's own tools reach Kafka from within its container
_HEALTHY = {
    "postgres": "pg_isready --username=postgres --host=127.0.0.1",
    "kafka": (
        "/opt/kafka/bin/kafka-broker-api-versions.sh "
        f"--bootstrap-server localhost:{_INSIDE} >/dev/null"
    ),
}


class NoEngineError(Exception):
    """No Docker engine answers."""


@dataclass(frozen=True)
class Servers:
    """Where the pair listens: the superuser's URL and the bootstrap servers."""

    admin_url: str
    bootstrap_servers: str


def service(name: str) -> dict[str, Any]:
    """A service of docker-compose.yml as it is where no variable is set that has a default."""
    written = _WITH_DEFAULT.sub(r"\1", COMPOSE.read_text())
    found: dict[str, Any] = yaml.safe_load(written)["services"][name]
    return found


@contextlib.contextmanager
def running() -> Iterator[Servers]:
    """Start the pair in parallel, wait until both answer; remove them at the end. Raises
    `NoEngineError`."""
    require_engine()
    postgres_port, kafka_port = free_ports(2)
    containers = [postgres(postgres_port).container(), kafka(kafka_port).container()]
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        for started in [pool.submit(stack.enter_context, one) for one in containers]:
            started.result()
        for name, container in zip(("postgres", "kafka"), containers, strict=True):
            _await_healthy(name, container)
        yield Servers(
            f"postgresql://postgres:{PASSWORD}@127.0.0.1:{postgres_port}/postgres",
            f"127.0.0.1:{kafka_port}",
        )


def require_engine() -> None:
    """Raises `NoEngineError` with what to do about it unless a Docker engine answers."""
    # By another process: the client leaves a socket open where nobody answers.
    asked = subprocess.run(
        [sys.executable, "-c", "import docker; docker.from_env().ping()"],
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode != 0:
        why = asked.stderr.strip().rpartition("\n")[2]
        raise NoEngineError(
            "the tests were told to run against containers (WAREHOUSE_TEST_SERVERS=containers), "
            f"but no Docker engine answers: start one, or set DOCKER_HOST ({why})"
        )


@dataclass(frozen=True)
class Wanted:
    """A container as it will be started; the server inside listens on `inside`, and is reached on
    127.0.0.1:`port`."""

    image: str
    inside: int
    port: int
    environment: dict[str, str]
    command: list[str] | None = None
    shm_size: str | None = None

    def container(self) -> DockerContainer:
        """The same for testcontainers, which asks the engine at once."""
        container = DockerContainer(self.image, shm_size=self.shm_size)
        container.ports[self.inside] = ("127.0.0.1", self.port)
        for name, value in self.environment.items():
            container.with_env(name, value)
        return container.with_command(self.command) if self.command else container


def postgres(port: int) -> Wanted:
    """PostgreSQL on 127.0.0.1:`port`."""
    declared = service("postgres")
    return Wanted(
        declared["image"],
        5432,
        port,
        {"POSTGRES_PASSWORD": PASSWORD},
        declared["command"],
        declared["shm_size"],
    )


def kafka(port: int) -> Wanted:
    """Kafka on 127.0.0.1:`port`, which is what it advertises."""
    declared = service("kafka")
    addresses = {
        "KAFKA_ADVERTISED_LISTENERS": (
            f"PLAINTEXT://127.0.0.1:{port},INSIDE://localhost:{_INSIDE}"
        ),
        "KAFKA_LISTENERS": f"PLAINTEXT://:9092,INSIDE://:{_INSIDE},CONTROLLER://:9093",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
    }
    protocols = declared["environment"]["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"]
    addresses["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"] = f"{protocols},INSIDE:PLAINTEXT"
    environment = declared["environment"] | addresses
    return Wanted(
        declared["image"], 9092, port, {name: str(value) for name, value in environment.items()}
    )


def _await_healthy(name: str, container: DockerContainer) -> None:
    until = time.monotonic() + DEADLINE
    while container.exec(["sh", "-c", _HEALTHY[name]]).exit_code != 0:
        if time.monotonic() > until:
            out, err = container.get_logs()
            tail = (out + err).decode(errors="replace")[-4000:]
            raise AssertionError(f"{name} did not answer within {DEADLINE:.0f} s:\n{tail}")
        time.sleep(0.3)
