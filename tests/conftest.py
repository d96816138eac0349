"""The shared stack: one real PostgreSQL and one real Kafka for the whole session.

Tests share the stack and never the data: each makes its own workspace.
"""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import AbstractContextManager
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_cursor
from support import callers, containers, contract
from support.callers import Person
from support.kafka import Kafka
from support.processes import Processes
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from chassis import migrations, sealing
from chassis.identity import IdentitySigner, MemberRole, new_key_pair
from warehouse import provisioning, topics
from warehouse.embedded import stack
from warehouse.embedded.server import free_ports
from warehouse.provisioning import Database
from warehouse.registry import EVERYTHING, SERVICES

_FRESH = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+[+][0-9:]+"
)
PASSWORD = "known-to-tests-alone"
PLATFORM_AT_PROVIDER = {"client_id": "warehouse", "client_secret": "known-to-tests-alone"}
Servers = stack.Servers | containers.Servers


def pytest_configure(config: pytest.Config) -> None:
    """Each worker begins to collect with other folders, so that none compiles all the files: what
    one has compiled, the others only read."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    if config.args == config.getini("testpaths"):
        begin = 2 * int(worker) % len(config.args)
        config.args = config.args[begin:] + config.args[:begin]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest goes first, so that no worker is left alone with it in the end, and what
    needs the whole platform at once, before services have to read what the tests of others told."""
    folders = [config.rootpath / path for path in config.getini("testpaths")]
    whole = {item.path for item in items if "platform" in getattr(item, "fixturenames", ())}

    def place(item: pytest.Item) -> tuple[int, int]:
        within = (n for n, folder in enumerate(folders) if item.path.is_relative_to(folder))
        folder = next(within, len(folders))
        return (1 if item.path in whole else folder, folder)

    items.sort(key=place)
    for item in items:
        if item.path.parent.name == "reliability":
            item.add_marker(pytest.mark.faults)


class Together(LoadScopeScheduling):
    """With several workers (`-n 3`), the tests of a file stay together, and those of the fault
    matrix, which share a stack that they break. (xdist's own groups are without effect: it writes
    them into names that pytest 9.2 has elsewhere.)"""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        folder, _, name = path.rpartition("/")
        in_memory = name == "test_state_machine.py"
        return folder if folder.endswith("reliability") and not in_memory else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """In the order of their collection, not by the number of their tests."""
    config.option.loadscopereorder = False
    return Together(config, log)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Fresh ids and times as parameters leave a test's name as it is, for every worker alike."""
    if isinstance(val, str) and _FRESH.search(val):
        return _FRESH.sub("fresh", val)
    return None


def started(tmp_path_factory: pytest.TempPathFactory) -> AbstractContextManager[Servers]:
    """The servers that `WAREHOUSE_TEST_SERVERS` asks for, for a while."""
    wanted = os.environ.get("WAREHOUSE_TEST_SERVERS", "embedded")
    if wanted == "containers":
        return containers.running()
    assert wanted == "embedded", f"WAREHOUSE_TEST_SERVERS is {wanted!r}: embedded or containers"
    return stack.running(tmp_path_factory.mktemp("servers"), durable=False)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """PostgreSQL and Kafka, provisioned and migrated, with every declared topic: the embedded pair,
    or the images of docker-compose.yml with `WAREHOUSE_TEST_SERVERS=containers`. At the end of the
    session, every event that a test made the services publish has to fit its schema."""
    with started(tmp_path_factory) as running:
        databases = [
            Database.of(service, owner_password=PASSWORD, app_password=PASSWORD)
            for service in SERVICES
        ]
        provisioning.provision(running.admin_url, databases)
        for service, database in zip(SERVICES, databases, strict=True):
            migrations.upgrade(service, database.owner_url(address(running)))
        asyncio.run(topics.apply(running.bootstrap_servers, topics.declared()))
        yield running
        contract.check_events(running.admin_url)


@pytest.fixture(scope="session")
def ports() -> dict[str, int]:
    return dict(zip(EVERYTHING, free_ports(len(EVERYTHING)), strict=True))


@pytest.fixture(scope="session")
def mail_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this session's mails are written, each as `<mail id>.eml`."""
    return tmp_path_factory.mktemp("mail")


@pytest.fixture(scope="session")
def attachments_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this session's attachments are kept, as `<workspace id>/<content id>/`."""
    return tmp_path_factory.mktemp("attachments")


@pytest.fixture(scope="session")
def provider_url() -> str:
    """Where the tests' OpenID provider is while one runs: the one that auth is configured with."""
    return f"http://127.0.0.1:{free_ports(1)[0]}"


@pytest.fixture(scope="session")
def products_url() -> str:
    """Where the tests' knower of products is while one runs: the one that catalog asks."""
    return f"http://127.0.0.1:{free_ports(1)[0]}"


@pytest.fixture(scope="session")
def environment(
    servers: Servers,
    ports: dict[str, int],
    mail_folder: Path,
    attachments_folder: Path,
    provider_url: str,
    products_url: str,
) -> dict[str, str]:
    """What the service processes of this session find in their environment."""
    private, public = new_key_pair()
    environment = {
        **os.environ,
        "KAFKA_BOOTSTRAP_SERVERS": servers.bootstrap_servers,
        "WAREHOUSE_IDENTITY_PRIVATE_KEY": private,
        "WAREHOUSE_IDENTITY_PUBLIC_KEY": public,
        "AUTH_SIGNING_KEYS": new_key_pair()[0],
        "AUTH_ENCRYPTION_KEYS": sealing.new_key(),
        "AUTH_MEMBERS_NEED_PROOF": "false",
        "WAREHOUSE_MAIL_KEYS": sealing.new_key(),
        "AUTH_OIDC_PROVIDERS": json.dumps(
            [
                {"id": name, "name": name.title(), "issuer": url, **PLATFORM_AT_PROVIDER}
                for name, url in {"mock": provider_url, "away": "http://127.0.0.1:1"}.items()
            ]
        ),
        "AUTH_OIDC_REDIRECT_URIS": "https://app.example/signed-in, https://other.example/",
        "AUTH_REGISTRATIONS_PER_HOUR": "100000",
        "CATALOG_BARCODE_LOOKUP_URL": f"{products_url}/api/v2/product/{{code}}.json",
        "AUTH_ARGON2_TIME_COST": "1",
        "AUTH_ARGON2_MEMORY_KIB": "4096",
        "CATALOG_IMPORT_LEASE": "1.5",
        "WAREHOUSE_LOG_FORMAT": "json",
        "WAREHOUSE_PUBLIC_URL": f"http://127.0.0.1:{ports['gateway']}",
        "NOTIFY_MAIL_FOLDER": str(mail_folder),
        "CATALOG_ATTACHMENTS_URL": attachments_folder.as_uri(),
        "CATALOG_ATTACHMENTS_PER_ITEM": "8",
        "CATALOG_MAX_ATTACHMENT_BYTES": "3000000",
        "GATEWAY_RATE_LIMITS": "reads=50000/100000 writes=50000/100000 login=1000/10000",
    }
    for service in SERVICES:
        database = Database.of(service, owner_password=PASSWORD, app_password=PASSWORD)
        name = service.upper()
        environment[f"{name}_DATABASE_URL"] = database.app_url(address(servers))
        environment[f"{name}_DATABASE_OWNER_URL"] = database.owner_url(address(servers))
        environment[f"{name}_CLOCK_INTERVAL"] = "0.3"
        environment[f"GATEWAY_{name}_URL"] = f"http://127.0.0.1:{ports[service]}"
    for name, port in ports.items():
        environment[f"{name.upper()}_PORT"] = str(port)
    return environment


@pytest.fixture(scope="session")
def processes(
    environment: dict[str, str], ports: dict[str, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Processes]:
    """The service processes; `only` says which of them run."""
    running = Processes(environment, ports, tmp_path_factory.mktemp("logs"))
    yield running
    running.stop_all()


@pytest.fixture(scope="session")
def run_services(processes: Processes) -> Callable[..., dict[str, str]]:
    """`run_services("inventory")`: just these run, each its own process; their base URLs."""

    def run(*names: str) -> dict[str, str]:
        processes.only(*([name] for name in names))
        return {name: processes.url(name) for name in names}

    return run


@pytest.fixture(scope="session")
def signer(environment: dict[str, str]) -> IdentitySigner:
    """Signs internal identities as the gateway does."""
    return IdentitySigner(environment["WAREHOUSE_IDENTITY_PRIVATE_KEY"])


@pytest.fixture
async def caller(
    signer: IdentitySigner, processes: Processes
) -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    """`caller("catalog", workspace_id=w, role=...)`: a client of one service, already verified;
    with `locations`, of a member who is restricted to these and all below."""
    clients: list[httpx.AsyncClient] = []

    def make(
        service: str,
        *,
        workspace_id: UUID | None = None,
        user_id: UUID | None = None,
        role: MemberRole = MemberRole.MEMBER,
        session_id: UUID | None = None,
        locations: frozenset[UUID] | None = None,
        token_id: UUID | None = None,
        scopes: Collection[str] | None = None,
    ) -> httpx.AsyncClient:
        client = callers.direct(
            signer,
            processes.url(service),
            workspace_id=workspace_id,
            user_id=user_id or uuid4(),
            role=role,
            session_id=session_id,
            locations=locations,
            token_id=token_id,
            scopes=scopes,
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture(scope="session")
def kafka_bootstrap(servers: Servers) -> str:
    return servers.bootstrap_servers


@pytest.fixture(scope="session")
async def kafka(servers: Servers) -> AsyncIterator[Kafka]:
    """Kafka as any neighbour sees it."""
    client = Kafka(servers.bootstrap_servers)
    yield client
    await client.stop()


@pytest.fixture(scope="session")
async def idle(servers: Servers) -> AsyncIterator[dict[str, list[Any]]]:
    """Connections that nobody uses now, by service: to connect takes longer than most questions."""
    assert servers
    connections: dict[str, list[Any]] = {service: [] for service in SERVICES}
    yield connections
    for connection in chain.from_iterable(connections.values()):
        await connection.close()


@pytest.fixture
async def connect(
    servers: Servers, idle: dict[str, list[Any]]
) -> AsyncIterator[Callable[[str], Any]]:
    """`await connect("loans")`: a superuser's connection to a service's database, to look with."""
    used: list[tuple[str, Any]] = []

    async def make(service: str) -> Any:  # noqa: ANN401 - asyncpg has no types
        while idle[service]:
            connection = idle[service].pop()
            if not connection.is_closed():
                break
        else:
            url = servers.admin_url.rsplit("/", 1)[0] + f"/warehouse_{service}"
            # Nothing is kept of statements, whose tables another test may make anew.
            connection = await asyncpg.connect(url, statement_cache_size=0)
        used.append((service, connection))
        return connection

    yield make
    for service, connection in used:
        if not connection.is_closed():
            await connection.reset()
            idle[service].append(connection)


@pytest.fixture
def workspace_id() -> UUID:
    """A workspace of this test's own."""
    return uuid4()


@pytest.fixture
def platform(processes: Processes) -> str:
    """The whole platform, each service its own process; the gateway's URL."""
    processes.everything()
    return processes.url("gateway")


@pytest.fixture
async def person(platform: str) -> AsyncIterator[Callable[..., Any]]:
    """`await person("Grace Hopper")`: somebody new, signed in."""
    people: list[Person] = []

    async def make(name: str = "Ada Lovelace") -> Person:
        people.append(await callers.register(platform, name))
        return people[-1]

    yield make
    for one in people:
        await one.http.aclose()


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the project."""
    return Path(__file__).resolve().parent.parent


def address(servers: Servers) -> str:
    """host:port of PostgreSQL."""
    return servers.admin_url.split("@")[1].split("/")[0]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements of this process's sessions."""
    found: list[str] = []
    execute = AsyncAdapt_asyncpg_cursor._prepare_and_execute

    async def counted(cursor: Any, sql: str, parameters: Any) -> None:  # noqa: ANN401
        found.append(sql)
        await execute(cursor, sql, parameters)

    monkeypatch.setattr(AsyncAdapt_asyncpg_cursor, "_prepare_and_execute", counted)
    return found
