"""Lend one thing, end to end: through the gateway, over Kafka."""

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from support.callers import Person
from support.journey import lend_one_thing
from support.processes import Processes
from support.waiting import eventually

from warehouse.embedded.server import free_port
from warehouse.registry import EVERYTHING


async def test_with_each_service_its_own_process(platform: str) -> None:
    """Register, shelve, lend, return, and see it in the inbox, the dashboard and the activity."""
    await lend_one_thing(platform)


async def test_whoever_registers_gets_a_mail_that_verifies_their_address(
    person: Callable[..., Any], platform: str, mail_folder: Path
) -> None:
    """The mail's link leads to the platform, and its token is good once."""
    somebody: Person = await person()
    text = await eventually(lambda: mail_to(somebody.email, mail_folder))
    link = re.search(rf"{re.escape(platform)}/verify-email\?token=(\S+)", text)
    assert link, text
    body = {"token": link[1]}
    assert (await somebody.http.post("/v1/auth/verify-email", json=body)).status_code == 204
    assert (await somebody.http.post("/v1/auth/verify-email", json=body)).is_client_error


def mail_to(email: str, folder: Path) -> str:
    """The text of the mail to an address; empty while there is none."""
    for path in folder.glob("*.eml"):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        if email in message["To"]:
            text: str = message.get_body(("plain",)).get_content()
            return text
    return ""


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
