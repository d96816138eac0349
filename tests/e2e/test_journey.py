"""Lend one thing, end to end: through the gateway, over Kafka."""

from pathlib import Path

from support.journey import lend_one_thing
from support.processes import Processes

from warehouse.embedded.server import free_port
from warehouse.registry import EVERYTHING


async def test_with_each_service_its_own_process(platform: str) -> None:
    """Register, shelve, lend, return, and see it in the inbox, the dashboard and the activity."""
    await lend_one_thing(platform)


async def test_in_one_process(processes: Processes) -> None:
    """The same journey where all services and the gateway share a process."""
    processes.compact()
    await lend_one_thing(processes.url("gateway"))


async def test_with_http_and_events_of_loans_apart(
    processes: Processes, environment: dict[str, str], ports: dict[str, int], tmp_path: Path
) -> None:
    """The same journey where one process serves loans and another relays and consumes: who waits
    in the one is woken by what the other hears."""
    processes.only()
    port = free_port()
    api = Processes(environment, ports, tmp_path, role="api", consuming=False)
    worker = Processes(
        {**environment, "LOANS_PORT": str(port)}, {**ports, "loans": port}, tmp_path, role="worker"
    )
    try:
        api.only(["loans"])
        worker.only(["loans"])
        processes.only(*([name] for name in EVERYTHING if name != "loans"))
        await lend_one_thing(processes.url("gateway"))
    finally:
        api.stop_all()
        worker.stop_all()
