"""A platform to break: servers and service processes of its own, each of which can be killed.

Kafka is reached through a proxy that fails on demand. Whatever process ends is started again, as a
supervisor would; what a test arms it with (failpoints, a wrong clock) is gone by then.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from chassis import migrations, sealing
from chassis.identity import new_key_pair
from support.hosts import Forked, Host, spawned
from support.proxy import Proxy
from warehouse import provisioning, topics
from warehouse.databases import Database
from warehouse.embedded import class_cache
from warehouse.embedded.cluster import Cluster
from warehouse.embedded.kafka import Kafka
from warehouse.embedded.postgres import Postgres
from warehouse.embedded.server import Server, free_ports, spawn, wait_ready
from warehouse.registry import EVERYTHING, GATEWAY, SERVICES

READY = 90.0  # seconds for a process to be ready on a machine that is busy
GRACE = 20.0  # seconds for a process to stop by itself
PAUSE = 0.2  # seconds until an ended process is started again
PASSWORD = "known-to-tests-alone"
# A crash of the server's process loses nothing; only one of the machine would.
_SETTINGS = {"synchronous_commit": "on", "full_page_writes": "on"}


class Kept:
    """An embedded server that can be stopped, killed, frozen and started again."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.server.prepare()
        self._process = spawn(self.server.launch())
        self.server.started(self._process.pid)
        wait_ready(self.server, self._process, READY)

    def stop(self) -> None:
        self._end(self.server.stop_signal)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGCONT)
        process.send_signal(number)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass(frozen=True)
class Member:
    """One process of the platform: a service in a role on a port."""

    service: str
    port: int
    role: str = "all"

    @property
    def name(self) -> str:
        return self.service if self.role == "all" else f"{self.service}-{self.role}-{self.port}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass
class Fleet:
    """Processes that run until they are stopped: one that ends otherwise is started again."""

    environment: Mapping[str, str]
    folder: Path
    endings: list[tuple[str, int]] = field(default_factory=list)  # (name, exit code) of the others
    _processes: dict[Member, Host] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _closing: threading.Event = field(default_factory=threading.Event)
    _keeper: threading.Thread | None = None

    @property
    def members(self) -> list[Member]:
        return list(self._processes)

    def start(self, member: Member, extra: Mapping[str, str] | None = None) -> None:
        """Start a member, with `extra` in its environment for this one life."""
        with self._lock:
            self._processes[member] = self._spawn(member, extra or {})
        if self._keeper is None:
            self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
            self._keeper.start()

    def restart(self, extras: Mapping[Member, Mapping[str, str]]) -> None:
        """Stop members as an operator would and start them anew, each with its extra environment
        for one life; ready is not awaited."""
        self.stop(*extras)
        for member, extra in extras.items():
            self.start(member, extra)

    def stop(self, *members: Member) -> None:
        """Stop members for good; fails when one does not end by itself."""
        with self._lock:
            processes = {member: self._processes.pop(member) for member in members}
        for process in processes.values():
            process.terminate()
        late = []
        for member, process in processes.items():
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                late.append(member.name)
        assert not late, f"did not stop in {GRACE} s: {late}\n{self.tail(late[0])}"

    def signal(self, number: signal.Signals, *members: Member) -> None:
        """Send a signal to members, all of them when none are named; the keeper sees to the rest.
        A process that is between two lives gets none."""
        with self._lock:
            for member in members or tuple(self._processes):
                with contextlib.suppress(ProcessLookupError):
                    self._processes[member].send_signal(number)

    def await_ready(self, *members: Member, consuming: bool = True) -> None:
        """Wait until members answer, all when none are named, and until they consume."""
        until = time.monotonic() + READY
        for member in members or self.members:
            while not _is_ready(member, consuming=consuming):
                if time.monotonic() > until:
                    raise AssertionError(f"{member.name} was not ready\n{self.tail(member.name)}")
                time.sleep(0.05)

    def close(self) -> None:
        """Stop everything; nothing is started any more."""
        self._closing.set()
        if self._keeper is not None:
            self._keeper.join()
        self.stop(*self.members)

    def died(self, name: str, code: int) -> bool:
        """Whether a member ended with an exit code, negative for a signal."""
        return (name, code) in self.endings

    def tail(self, name: str, lines: int = 30) -> str:
        with contextlib.suppress(OSError):
            text = (self.folder / f"{name}.log").read_text(errors="replace")
            return "\n".join(text.splitlines()[-lines:])
        return ""

    def _keep(self) -> None:
        while not self._closing.wait(PAUSE):
            with self._lock:
                for member, process in self._processes.items():
                    if (code := process.poll()) is not None:
                        self.endings.append((member.name, code))
                        self._processes[member] = self._spawn(member, {})

    def _spawn(self, member: Member, extra: Mapping[str, str]) -> Host:
        ports = {f"{member.service.upper()}_PORT": str(member.port)}
        environment = {**self.environment, **ports, **extra}
        start = spawned if extra else Forked
        log = self.folder / f"{member.name}.log"
        return start([member.service], member.role, environment, log)


@dataclass
class Platform:
    """Every service on a database and a Kafka of its own; `platform` has a process of each."""

    postgres: Postgres
    database: Kept
    bootstrap_servers: str
    fleet: Fleet
    platform: dict[str, Member]

    @property
    def url(self) -> str:
        """The gateway's address."""
        return self.platform[GATEWAY].url

    def database_url(self, service: str) -> str:
        """A service's database as the superuser sees it."""
        return self.postgres.admin_url.rsplit("/", 1)[0] + f"/warehouse_{service}"

    def start_services(self) -> None:
        for member in self.platform.values():
            self.fleet.start(member)
        self.fleet.await_ready()

    def apply_topics(self, *, replication: int = 1) -> None:
        declared = topics.declared(replication=replication)
        # In a thread, because the caller may have a loop of its own.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(
                lambda: asyncio.run(topics.apply(self.bootstrap_servers, declared))
            ).result()


@dataclass
class Stack(Platform):
    """A platform whose one broker can be broken. `bootstrap_servers` is past the proxy for the
    first question; where it sends on to is the proxy."""

    kafka: Kafka
    broker: Kept
    proxy: Proxy


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Stack]:
    """A stack for a while, everything in it up and ready."""
    stack = _stack(folder)
    class_cache.ensure()
    with contextlib.ExitStack() as exits, ThreadPoolExecutor(2) as pool:
        stack.proxy.start()
        exits.callback(stack.proxy.stop)
        for kept in (stack.database, stack.broker):
            exits.callback(kept.kill)
        list(pool.map(Kept.start, (stack.database, stack.broker)))
        _prepare(stack)
        exits.callback(stack.fleet.close)
        exits.callback(stack.broker.thaw)
        exits.callback(stack.proxy.mend)
        stack.start_services()
        yield stack


@contextlib.contextmanager
def running_on(brokers: Cluster, folder: Path) -> Iterator[Platform]:
    """A platform on several brokers that run already, everything in it up and ready."""
    [postgres_port] = free_ports(1)
    postgres = Postgres(folder / "postgres", postgres_port, durable=False, settings=_SETTINGS)
    platform = _members()
    fleet = _fleet(folder, postgres_port, brokers.bootstrap_servers, platform)
    on_them = Platform(postgres, Kept(postgres), brokers.bootstrap_servers, fleet, platform)
    with contextlib.ExitStack() as exits:
        exits.callback(on_them.database.kill)
        on_them.database.start()
        _prepare(on_them, replication=len(brokers.nodes))
        exits.callback(on_them.fleet.close)
        on_them.start_services()
        yield on_them


def _stack(folder: Path) -> Stack:
    postgres_port, kafka_port, proxy_port = free_ports(3)
    postgres = Postgres(folder / "postgres", postgres_port, durable=False, settings=_SETTINGS)
    kafka = Kafka(folder / "kafka", kafka_port, advertised=proxy_port)
    platform = _members()
    return Stack(
        postgres=postgres,
        kafka=kafka,
        database=Kept(postgres),
        broker=Kept(kafka),
        bootstrap_servers=kafka.bootstrap_servers,
        proxy=Proxy(proxy_port, kafka_port),
        fleet=_fleet(folder, postgres_port, f"127.0.0.1:{proxy_port}", platform),
        platform=platform,
    )


def _members() -> dict[str, Member]:
    ports = free_ports(len(EVERYTHING))
    return {name: Member(name, port) for name, port in zip(EVERYTHING, ports, strict=True)}


def _fleet(
    folder: Path, postgres_port: int, bootstrap_servers: str, platform: Mapping[str, Member]
) -> Fleet:
    logs = folder / "logs"
    logs.mkdir(parents=True)
    return Fleet(_environment(postgres_port, bootstrap_servers, platform), logs)


def _prepare(stack: Platform, *, replication: int = 1) -> None:
    databases = [_database(service) for service in SERVICES]
    provisioning.provision(stack.postgres.admin_url, databases)
    for service, database in zip(SERVICES, databases, strict=True):
        migrations.upgrade(service, database.owner_url(f"127.0.0.1:{stack.postgres.port}"))
    stack.apply_topics(replication=replication)


def _database(service: str) -> Database:
    return Database.of(service, owner_password=PASSWORD, app_password=PASSWORD)


def _environment(
    postgres_port: int, bootstrap_servers: str, platform: Mapping[str, Member]
) -> dict[str, str]:
    private, public = new_key_pair()
    environment = {
        **os.environ,
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "WAREHOUSE_IDENTITY_PRIVATE_KEY": private,
        "WAREHOUSE_IDENTITY_PUBLIC_KEY": public,
        "AUTH_SIGNING_KEYS": new_key_pair()[0],
        "AUTH_ENCRYPTION_KEYS": sealing.new_key(),
        "AUTH_MEMBERS_NEED_PROOF": "false",
        "WAREHOUSE_MAIL_KEYS": sealing.new_key(),
        "WAREHOUSE_LOG_FORMAT": "json",
    }
    for service in SERVICES:
        database, name = _database(service), service.upper()
        server = f"127.0.0.1:{postgres_port}"
        environment[f"{name}_DATABASE_URL"] = database.app_url(server)
        environment[f"{name}_DATABASE_OWNER_URL"] = database.owner_url(server)
        environment[f"{name}_CLOCK_INTERVAL"] = "0.5"
        environment[f"GATEWAY_{name}_URL"] = platform[service].url
    for name, member in platform.items():
        environment[f"{name.upper()}_PORT"] = str(member.port)
    return environment


def _is_ready(member: Member, *, consuming: bool) -> bool:
    try:
        # No TLS here, and loading its certificates would be most of the work.
        answer = httpx.get(f"{member.url}/readyz", timeout=2, verify=False)  # noqa: S501 - no TLS
        notes = answer.json().get("notes", {})
    except (httpx.HTTPError, ValueError):
        return False
    return answer.status_code == 200 and (not consuming or all(notes.values()))
