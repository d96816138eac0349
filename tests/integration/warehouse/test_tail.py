"""What `warehouse events tail` promises."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from support.kafka import Kafka
from support.waiting import eventually

from .conftest import Command

RETURNED, CREATED = "warehouse.loans.loan.returned", "warehouse.catalog.label.created"
_MAIN = "from warehouse.cli import main; main()"


def body(workspace_id: UUID, number: int = 1) -> dict[str, Any]:
    return {"id": str(uuid4()), "workspace_id": str(workspace_id), "version": number}


async def seen(warehouse: Command, *options: str) -> list[dict[str, Any]]:
    """What `tail` tells of all that is there."""
    tail = ("events", "tail", "--from-beginning", "--no-follow", "--json")
    done = await warehouse(*tail, *options)
    assert (done.code, done.err) == (0, "")
    return [json.loads(line) for line in done.out.splitlines()]


async def test_each_event_is_a_line_with_all_it_has(
    warehouse: Command, kafka: Kafka, workspace_id: UUID
) -> None:
    content = body(workspace_id)
    event_id = await kafka.publish(RETURNED, content, actor="somebody")
    [event] = await seen(warehouse, "--workspace", str(workspace_id))
    assert (event["id"], event["type"], event["key"]) == (str(event_id), RETURNED, content["id"])
    assert (event["actor"], event["version"], event["data"]) == ("somebody", "1", content)
    assert event["headers"]["ce_source"] == "/loans"
    assert event["topic"] == "warehouse.loans.loan.v1"
    readable = await warehouse(
        *("events", "tail", "--from-beginning", "--no-follow", "--workspace", str(workspace_id))
    )
    [line] = readable.out.splitlines()
    assert f"{RETURNED}  {content['id']}  v1  workspace={workspace_id} actor=somebody" in line


async def test_topics_types_and_workspaces_choose(
    warehouse: Command, kafka: Kafka, workspace_id: UUID
) -> None:
    """A type may be its end; of one key the order is kept; dead letters are no events."""
    key = str(uuid4())
    for number in range(1, 6):
        await kafka.publish(RETURNED, body(workspace_id, number), key=key)
    await kafka.publish(CREATED, body(workspace_id, 9))
    await kafka.publish(RETURNED, body(uuid4(), 9))
    dead = [("ce_type", RETURNED.encode()), ("ce_workspaceid", str(workspace_id).encode())]
    await kafka.send("warehouse.auth.dlq.v1", key=key, value=b"{}", headers=dead)
    mine = ("--workspace", str(workspace_id))
    assert len(await seen(warehouse, *mine)) == 6
    for type_ in (RETURNED, "loan.returned", "returned"):
        versions = [each["version"] for each in await seen(warehouse, *mine, "--type", type_)]
        assert versions == ["1", "2", "3", "4", "5"]
    labels = await seen(warehouse, *mine, "--topic", "warehouse.catalog.label.v1")
    assert [each["type"] for each in labels] == [CREATED]
    assert len(await seen(warehouse, *mine, "--limit", "2")) == 2
    letters = await seen(warehouse, *mine, "--topic", "warehouse.auth.dlq.v1")
    assert [each["topic"] for each in letters] == ["warehouse.auth.dlq.v1"]


async def test_a_topic_that_is_none_is_refused(warehouse: Command) -> None:
    refused = await warehouse("events", "tail", "--topic", "warehouse.loans.lone.v1")
    assert refused.code == 1
    assert "warehouse.loans.loan.v1" in refused.err


@asynccontextmanager
async def tailing(environment: dict[str, str], *options: str) -> AsyncIterator[Any]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _MAIN, "events", "tail", "--json", *options),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        limit=2**20,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_it_follows_from_now_on_and_ends_cleanly_with_ctrl_c(
    environment: dict[str, str], kafka: Kafka, workspace_id: UUID
) -> None:
    """What was there before is not told."""
    await kafka.publish(RETURNED, body(workspace_id, 1))
    options = ("--workspace", str(workspace_id))
    async with tailing(environment, *options) as process:
        line = asyncio.create_task(process.stdout.readline())

        async def told() -> bool:
            await kafka.publish(RETURNED, body(workspace_id, 2))
            return line.done()

        await eventually(told, deadline=30)
        assert json.loads(await line)["version"] == "2"
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(30):
            _, err = await process.communicate()
        assert (process.returncode, err) == (0, b"")


async def test_a_reader_that_has_had_enough_ends_it_quietly(
    environment: dict[str, str], kafka: Kafka, workspace_id: UUID
) -> None:
    """As in `warehouse events tail | head -1`."""
    await kafka.publish(RETURNED, body(workspace_id))
    async with tailing(environment, "--from-beginning") as process:
        assert await process.stdout.readline()
        process._transport.get_pipe_transport(1).close()

        async def ended() -> bool:
            await kafka.publish(RETURNED, body(workspace_id))
            return process.returncode is not None

        await eventually(ended, deadline=30)
        assert (process.returncode, await process.stderr.read()) == (0, b"")
