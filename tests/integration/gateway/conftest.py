"""A real gateway in front of them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from integration.gateway.house import House
from integration.gateway.rig import NOWHERE, PRIVATE_KEY, Auth, Echo, Start, served, write_contracts
from support.processes import Processes

from chassis.settings import Role
from gateway.app import compose
from gateway.settings import GatewaySettings


@pytest.fixture
async def auth() -> Auth:
    return Auth()


@pytest.fixture(scope="session")
def contracts_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_contracts(tmp_path_factory.mktemp("contracts"))


@pytest.fixture
async def start_gateway(auth: Auth, contracts_folder: Path) -> AsyncIterator[Start]:
    """Start a gateway: `await start_gateway(catalog=address, response_timeout=1)`; the rest of
    the services are addresses where nobody listens. Answers with a client of it."""
    async with AsyncExitStack() as stack:
        auth_url = await stack.enter_async_context(served(auth.app))

        async def start(*, kafka: str = NOWHERE, **given: object) -> httpx.AsyncClient:
            urls = dict.fromkeys(
                ("catalog_url", "inventory_url", "loans_url", "notify_url", "analytics_url"),
                f"http://{NOWHERE}",
            )
            settings = GatewaySettings.model_validate(
                {
                    "port": 0,
                    "auth_url": auth_url,
                    "kafka_bootstrap_servers": kafka,
                    "identity_private_key": PRIVATE_KEY,
                    "contracts": contracts_folder,
                    **urls,
                    **given,
                }
            )
            service = compose(settings)
            await service.start(Role.API)
            stack.push_async_callback(service.stop)
            address = await stack.enter_async_context(served(service.app))
            return await stack.enter_async_context(httpx.AsyncClient(base_url=address, timeout=10))

        yield start


@pytest.fixture(scope="module")
async def house(environment: dict[str, str], processes: Processes) -> AsyncIterator[House]:
    """Two replicas of the real auth, in this process, and gateways to them."""
    processes.only()  # another relay of auth's would be woken by nobody here
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment.items():
            patched.setenv(name, value)
        patched.setenv("AUTH_ARGON2_TIME_COST", "1")
        patched.setenv("AUTH_ARGON2_MEMORY_KIB", "8")
        async with House.open(environment) as house:
            yield house


@pytest.fixture
async def echo() -> Echo:
    return Echo()


@pytest.fixture
async def client(start_gateway: Start, echo: Echo) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway whose catalog is `echo`."""
    async with served(echo) as catalog:
        yield await start_gateway(catalog_url=catalog)
