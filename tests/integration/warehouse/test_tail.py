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

from aiokafka.admin import NewTopic
from support.kafka import Kafka
from support.waiting import eventually

from warehouse.operating.broker import Broker

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


async def test_what_can_match_nothing_is_refused_and_what_there_is_named(
    warehouse: Command,
) -> None:
    for option, wrong, named in (
        ("--topic", "warehouse.loans.lone.v1", "warehouse.loans.loan.v1"),
        ("--type", "loan.retuned", RETURNED),
        ("--type", "oan.returned", RETURNED),
        ("--workspace", "our library", "GET /v1/workspaces"),
        ("--workspace", "", "GET /v1/workspaces"),
    ):
        refused = await warehouse("events", "tail", "--no-follow", option, wrong)
        assert refused.code == 1, option
        assert wrong in refused.err
        assert named in refused.err


async def test_a_type_of_another_systems_topic_is_not_ours_to_know(
    warehouse: Command, kafka: Kafka
) -> None:
    topic = f"shop.{uuid4().hex}.v1"
    async with Broker(kafka.bootstrap_servers) as broker:
        await broker.admin.create_topics([NewTopic(topic, 1, 1)])
        try:
            await kafka.send(topic, key="1", value=b"{}", headers=[("ce_type", b"shop.sold")])
            [sold] = await seen(warehouse, "--topic", topic, "--type", "sold")
            assert sold["type"] == "shop.sold"
        finally:
            await broker.admin.delete_topics([topic])


async def test_without_following_the_last_events_that_match_are_told(
    warehouse: Command, kafka: Kafka, workspace_id: UUID
) -> None:
    """However far back they are, the oldest of them first; fewer when there are fewer."""
    key, mine = str(uuid4()), ("--workspace", str(workspace_id).upper())
    for number in range(1, 6):
        await kafka.publish(RETURNED, body(workspace_id, number), key=key)
    for _ in range(9):
        await kafka.publish(RETURNED, body(uuid4()), key=key)
    for count, versions in ((1, ["5"]), (3, ["3", "4", "5"]), (9, ["1", "2", "3", "4", "5"])):
        done = await warehouse(
            *("events", "tail", "--no-follow", "--json", "-n", str(count), *mine)
        )
        assert (done.code, done.err) == (0, "")
        assert [json.loads(line)["version"] for line in done.out.splitlines()] == versions


async def test_from_now_on_without_following_is_nothing_and_said_so(warehouse: Command) -> None:
    done = await warehouse("events", "tail", "--no-follow")
    assert (done.code, done.out) == (0, "")
    assert "nothing new" in done.err
    assert "--from-beginning" in done.err


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

        await eventually(told)
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

        await eventually(ended)
        assert (process.returncode, await process.stderr.read()) == (0, b"")
