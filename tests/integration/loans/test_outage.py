"""Lending while Kafka is away."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from integration.loans.rig import Desk
from support.processes import Processes
from support.waiting import eventually

from warehouse.embedded.server import free_ports

REQUESTED = "warehouse.loans.loan.requested"


async def test_what_is_asked_while_kafka_is_away_is_told_once_it_is_back(
    desk: Desk,
    environment: dict[str, str],
    ports: dict[str, int],
    processes: Processes,
    run_services: Callable[..., dict[str, str]],
    tmp_path: Path,
) -> None:
    """202 with the loan on record; its request reaches the topic later, and is then answered."""
    processes.only()
    [nobody] = free_ports(1)
    cut_off = Processes(
        {**environment, "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{nobody}"},
        ports,
        tmp_path,
        consuming=False,
    )
    cut_off.only(["loans"])
    try:
        answer = await ask(desk)
        assert (answer.status_code, answer.json()["status"]) == (202, "requested"), answer.text
    finally:
        cut_off.stop_all()
    loan = answer.json()

    run_services("loans")

    async def published() -> list[Any]:
        records = await desk.kafka.read("warehouse.loans.loan.v1", workspace_id=desk.workspace_id)
        assert [record.type for record in records] == [REQUESTED]
        return records

    [record] = await eventually(published)
    assert (record.key, record.payload["id"]) == (loan["id"], loan["id"])
    await desk.hold(loan)
    await desk.settles(loan, status="active")


async def ask(desk: Desk) -> httpx.Response:
    """Ask for a loan, and wait a little for the answer."""
    body = {"inventory_id": str(uuid4()), "borrower_id": await desk.borrower()}
    return await desk.api.post("/loans", json=body, headers={"Prefer": "wait=1"})
