"""`warehouse up`: everything on this machine, in order up, kept alive, in order down.

Up: PostgreSQL, Kafka and the launcher's imports at once; databases, migrations and topics as soon
as what they need is there; then services and gateway. Down: the gateway, so that nothing new comes
in; then the services, which finish what they have; then Kafka and PostgreSQL.
"""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from warehouse import readiness
from warehouse.demo import DEMO_EMAIL, DEMO_PASSWORD
from warehouse.embedded.kafka import Kafka
from warehouse.embedded.postgres import Postgres
from warehouse.embedded.server import Server
from warehouse.environment import Platform, embedded_databases, external_databases
from warehouse.errors import OperatorError
from warehouse.home import Home
from warehouse.registry import EVERYTHING, GATEWAY, SERVICES, module_of
from warehouse.supervision.console import Console
from warehouse.supervision.demonstration import load_demo
from warehouse.supervision.forks import Forks, JobFailedError, Order
from warehouse.supervision.preparation import Preparation, replay_seconds
from warehouse.supervision.servers import start_server
from warehouse.supervision.supervised import Running, Supervised

READY = 60.0  # seconds that the platform has to get ready in
# Seconds after a stop was asked for by which each group is gone, by force if need be.
GATEWAY_GONE, SERVICES_GONE, SERVERS_GONE = 3.5, 7.0, 9.5
KAFKA_STOPPED = (0, 143, -signal.SIGTERM)  # Java ends with 128 + 15 after a clean SIGTERM
_PRELOAD = ("chassis.hosting", "warehouse.jobs", "warehouse.running", *map(module_of, EVERYTHING))


@dataclass(frozen=True)
class Options:
    """What the operator chose, and the ports: of the gateway, of each service, `postgres`, `kafka`
    and `kafka-controller`."""

    host: str
    ports: Mapping[str, int]
    environment: Mapping[str, str]
    compact: bool = False
    demo: bool = True


class Supervisor:
    """One run of the platform in `home`, whose lock the caller holds as `lock`."""

    def __init__(self, home: Home, options: Options, lock: int, console: Console) -> None:
        self._home = home
        self._options = options
        self._console = console
        self._stopping = asyncio.Event()
        self._state = "starting"
        self._replay = 0
        self._external = external_databases(options.environment)
        given_kafka = options.environment.get("KAFKA_BOOTSTRAP_SERVERS")
        self._postgres = (
            None if self._external else Postgres(home.postgres, options.ports["postgres"])
        )
        self._kafka = None if given_kafka else self._own_kafka()
        self._servers: list[Server] = [each for each in (self._postgres, self._kafka) if each]
        self._platform = self._where_everything_is()
        folders = {server.name: str(server.folder) for server in self._servers}
        self._forks = Forks(console, lock=lock, preload=list(_PRELOAD), **folders)
        self._hosts = {"all": EVERYTHING} if options.compact else {n: (n,) for n in EVERYTHING}
        self._supervised = {server.name: self._keep_server(server) for server in self._servers}
        self._supervised |= {name: self._keep_host(name) for name in self._hosts}
        self._record()

    async def run(self) -> int:
        """Run until told to stop; the exit code: 0, or 1 when the start failed."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stopping.set)
        loop.add_signal_handler(signal.SIGINT, self._interrupted)
        told = asyncio.create_task(self._stopping.wait())
        starting = asyncio.create_task(self._start())
        await asyncio.wait({told, starting}, return_when=asyncio.FIRST_COMPLETED)
        failed = starting.done() and starting.exception()
        if failed:
            self._say_failure(failed)
        elif starting.done():
            await told
        for task in (starting, told):
            task.cancel()
        await asyncio.wait({starting, told})
        await self._stop()
        return 1 if failed else 0

    def _own_kafka(self) -> Kafka:
        ports = self._options.ports
        return Kafka(self._home.kafka, ports["kafka"], controller_port=ports["kafka-controller"])

    def _where_everything_is(self) -> Platform:
        options, secrets = self._options, self._home.secrets()
        server = f"127.0.0.1:{options.ports['postgres']}"
        embedded = {
            service: (database.app_url(server), database.owner_url(server))
            for service, database in embedded_databases(secrets).items()
        }
        kafka = self._kafka
        return Platform(
            base=options.environment,
            secrets=secrets,
            bootstrap_servers=(
                kafka.bootstrap_servers if kafka else options.environment["KAFKA_BOOTSTRAP_SERVERS"]
            ),
            databases=self._external or embedded,
            ports=options.ports,
            gateway_host=options.host,
            mail_folder=str(self._home.mail),
            attachments_url=self._home.attachments.as_uri(),
            docs_sign_in=self._demo_sign_in(),
        )

    def _demo_sign_in(self) -> str:
        """What the API's page may fill in: of the demonstration, where there is or will be one."""
        there = self._options.demo or self._home.demo_is_loaded
        return f"{DEMO_EMAIL}:{DEMO_PASSWORD}" if there and self._postgres else ""

    def _keep_server(self, server: Server) -> Supervised:
        async def start() -> Running:
            return await start_server(server)

        return Supervised(
            server.name,
            server.role,
            start,
            console=self._console,
            changed=self._record,
            stop_signal=server.stop_signal,
        )

    def _keep_host(self, name: str) -> Supervised:
        services = self._hosts[name]

        async def start() -> Running:
            environment = self._platform.of(services)
            if self._replay:
                environment["WAREHOUSE_REPLAY_SECONDS"] = str(self._replay)
            arguments = {"services": list(services)}
            order = Order(name, "warehouse.running:host", arguments, environment)
            return await self._forks.fork(order, become=self._options.compact)

        return Supervised(name, "all", start, console=self._console, changed=self._record)

    async def _start(self) -> None:
        began = time.monotonic()
        self._console.event("platform.starting", home=self._home.folder)
        if self._kafka:
            self._replay = replay_seconds(self._home, self._kafka, self._postgres)
        if self._replay:
            self._console.event("platform.recovering", replay_seconds=self._replay)
        await self._forks.start()
        preparation = Preparation(self._platform, self._forks, self._console)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._prepare_databases(preparation))
            group.create_task(self._prepare_topics(preparation))
        for name in self._hosts:
            await self._supervised[name].start()
        await readiness.wait(self._platform.gateway_url, READY)
        self._replay = 0
        self._state = "ready"
        self._record()
        self._console.event("platform.ready", seconds=round(time.monotonic() - began, 1))
        # The demo's password is public: never into a database that is not ours.
        if self._options.demo and self._postgres:
            await load_demo(self._home, self._platform.gateway_url, self._console)
        self._say_welcome()

    async def _prepare_databases(self, preparation: Preparation) -> None:
        if self._postgres:
            await self._supervised["postgres"].start()
            await preparation.provision(self._postgres)
        await preparation.migrate()

    async def _prepare_topics(self, preparation: Preparation) -> None:
        if self._kafka:
            await self._supervised["kafka"].start()
        await preparation.topics()

    async def _stop(self) -> None:
        began = time.monotonic()
        self._state = "stopping"
        self._console.event("platform.stopping")
        async with contextlib.AsyncExitStack() as order:  # runs all, last first, whatever fails
            servers = [server.name for server in self._servers]
            order.push_async_callback(self._stop_all, servers, began + SERVERS_GONE)
            order.push_async_callback(self._forks.stop)
            services = [name for name in self._hosts if name != GATEWAY]
            order.push_async_callback(self._stop_all, services, began + SERVICES_GONE)
            if GATEWAY in self._hosts:
                order.push_async_callback(self._stop_all, [GATEWAY], began + GATEWAY_GONE)
        if self._kafka and self._supervised["kafka"].exit_code in KAFKA_STOPPED:
            self._home.leave_clean_mark()
        await self._console.drain()
        self._console.event("platform.stopped", seconds=round(time.monotonic() - began, 1))

    async def _stop_all(self, names: list[str], deadline: float) -> None:
        grace = max(0.1, deadline - time.monotonic())
        await asyncio.gather(*(self._supervised[name].stop(grace) for name in names))

    def _interrupted(self) -> None:
        """Ctrl-C: stop in order; a second one ends everything at once."""
        if not self._stopping.is_set():
            self._stopping.set()
            return
        self._console.event("platform.killed")
        for process in self._supervised.values():
            process.kill()

    def _say_welcome(self) -> None:
        url, kafka = self._platform.gateway_url, self._platform.bootstrap_servers
        lines = [f"Warehouse is ready: {url}", f"  docs   {url}/docs", f"  Kafka  {kafka}"]
        if self._home.demo_is_loaded:
            lines.append(f"  demo   {DEMO_EMAIL} / {DEMO_PASSWORD}")
        self._console.write("\n".join(["", *lines, "  stop   Ctrl-C", ""]))

    def _say_failure(self, error: BaseException) -> None:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        known = isinstance(error, OperatorError | JobFailedError)
        self._console.event("platform.failed", reason=str(error) if known else repr(error))

    def _record(self) -> None:
        """Write down what runs where, for `warehouse status` and for a start after a crash."""
        rows: list[tuple[str, str, int | None, str, int]] = [
            ("supervisor", "supervisor", os.getpid(), "running", 0)
        ]
        if self._forks.pid and not self._options.compact:
            rows.append(("launcher", "launcher", self._forks.pid, "running", 0))
        rows += [
            (each.name, each.role, each.pid, each.state, each.restarts)
            for each in self._supervised.values()
        ]
        keys = ("service", "role", "pid", "state", "restarts")
        platform = self._platform
        addresses = {GATEWAY: platform.gateway_url, "kafka": platform.bootstrap_servers}
        if self._postgres:
            addresses["postgres"] = f"127.0.0.1:{self._postgres.port}"
        addresses |= {service: platform.url(service) for service in SERVICES}
        self._home.write_run(
            {
                "pid": os.getpid(),
                "started": psutil.Process().create_time(),
                "state": self._state,
                "processes": [dict(zip(keys, row, strict=True)) for row in rows],
                "addresses": addresses,
            }
        )
