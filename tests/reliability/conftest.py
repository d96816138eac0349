"""The stack that the fault tests break: one for all of them, never the one that others share."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import pytest_asyncio
from support import callers, faults, workload
from support.callers import Person
from support.faults import Stack
from support.workload import Workload

WORKSPACES = 3

Begin = Callable[[], Awaitable[Workload]]


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Servers and services of their own, everything up."""
    with faults.running(tmp_path_factory.mktemp("faults")) as stack:
        yield stack


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def people(stack: Stack) -> AsyncIterator[list[Person]]:
    """Those who own the workspaces."""
    people = [await callers.register(stack.url, name) for name in ("Ann", "Ben", "Cyd")]
    yield people
    for person in people:
        await person.http.aclose()


@pytest.fixture
async def clients(stack: Stack, people: list[Person], request: pytest.FixtureRequest) -> Workload:
    """Clients over three fresh workspaces, with the whole platform up."""
    stack.fleet.await_ready()
    return await workload.begin(people, seed=sum(request.node.name.encode()))
