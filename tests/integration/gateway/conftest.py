"""A real gateway in front of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from integration.gateway.house import House
from integration.gateway.rig import Auth, Echo, Start, gateways, served, write_contracts
from support.processes import Processes


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
    async with gateways(auth, contracts_folder) as start:
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
