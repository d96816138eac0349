"""The example of a foreign program knows what the platform says, however it is stopped."""

import ast
import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.callers import Person
from support.kafka import Kafka
from support.waiting import eventually

PROGRAM = Path(__file__).resolve().parents[2] / "examples" / "subscriber" / "who_has_what.py"
HOME = "Everything is at home.\n\n"

Ask = Callable[..., Any]


@pytest.fixture
def start(kafka_bootstrap: str, tmp_path: Path) -> Ask:
    """`await start(...)`: the program on a database of this test's, as its user would start it."""

    async def start(*options: str, database: str = "copy.db") -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", PROGRAM, "--bootstrap-servers", kafka_bootstrap),
            *("--database", tmp_path / database, *options),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    return start


@pytest.fixture
def ask(start: Ask) -> Ask:
    """`await ask(person)`: what the program says now of the person's workspace."""

    async def ask(person: Person, **more: str) -> str:
        process = await start("--once", "--workspace", person.workspace_id, **more)
        output, errors = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0, errors.decode()
        return str(output.decode())

    return ask


async def lend(person: Person, name: str, quantity: int = 1) -> dict[str, Any]:
    """Something new, lent to Mia; the loan."""
    item = await person.add("/items", {"name": name})
    shed = await person.add("/locations", {"name": f"Shed of {name}"})
    entry = await person.add(
        "/inventory", {"item_id": item["id"], "location_id": shed["id"], "quantity": quantity}
    )
    mia = await person.add("/borrowers", {"name": "Mia Tamm"})
    loan: dict[str, Any] = await person.add(
        "/loans",
        {
            "inventory_id": entry["id"],
            "borrower_id": mia["id"],
            "quantity": quantity,
            "due_at": "2099-05-01T12:00:00Z",
        },
    )
    return loan


async def give_back(person: Person, loan: dict[str, Any], quantity: int) -> None:
    answer = await person.http.post(
        person.at(f"/loans/{loan['id']}/return"), json={"quantity": quantity}
    )
    assert answer.status_code == 200, answer.text


async def test_it_knows_who_has_what(person: Callable[..., Any], ask: Ask) -> None:
    """Lent: seen. Part of it back: fewer. All back: gone. Made anew from the topics: the same."""
    ada = await person()
    assert await ask(ada) == HOME
    loan = await lend(ada, "Canoe", 2)

    async def says(line: str) -> bool:
        return bool(await ask(ada) == line)

    await eventually(lambda: says("Mia Tamm has 2 of Canoe, due 2099-05-01\n\n"))
    await give_back(ada, loan, 1)
    await eventually(lambda: says("Mia Tamm has 1 of Canoe, due 2099-05-01\n\n"))
    assert await ask(ada, database="anew.db") == await ask(ada)
    await give_back(ada, loan, 1)
    await eventually(lambda: says(HOME))
    assert await ask(ada, database="anew.db") == HOME


async def test_it_goes_on_where_it_was(person: Callable[..., Any], start: Ask, ask: Ask) -> None:
    """Killed while it follows, and started again: it missed nothing and doubled nothing."""
    ada = await person()
    following = await start("--workspace", ada.workspace_id)
    assert await following.stdout.readuntil(b"\n\n") == HOME.encode()
    await lend(ada, "Tent")
    seen = await asyncio.wait_for(following.stdout.readuntil(b"\n\n"), 40)
    assert b"Mia Tamm has 1 of Tent" in seen
    following.kill()
    await following.wait()
    await lend(ada, "Saw")
    both = "Mia Tamm has 1 of Saw, due 2099-05-01\nMia Tamm has 1 of Tent, due 2099-05-01\n\n"

    async def says_both() -> bool:
        return bool(await ask(ada) == both)

    await eventually(says_both)
    again = await start("--workspace", ada.workspace_id)
    assert await again.stdout.readuntil(b"\n\n") == both.encode()
    again.send_signal(signal.SIGTERM)
    _, errors = await asyncio.wait_for(again.communicate(), 40)
    assert (again.returncode, errors) == (0, b"")


async def test_a_repeated_record_changes_nothing_and_a_bad_one_stops_nothing(
    person: Callable[..., Any], start: Ask, ask: Ask, kafka: Kafka
) -> None:
    """The whole loan again, in its order, and a record that is no JSON among it."""
    ada = await person()
    loan = await lend(ada, "Kayak")
    await give_back(ada, loan, 1)
    topic = "warehouse.loans.loan.v1"

    async def told() -> list[Any]:
        seen = await kafka.read(topic, workspace_id=ada.workspace_id)
        return seen if seen and seen[-1].type.endswith(".returned") else []

    events = await eventually(told)
    assert await ask(ada) == HOME
    await kafka.send(topic, key=loan["id"], value=b"no JSON", headers=[])
    for event in events:
        await kafka.publish(event.type, event.payload, event_id=event.headers["ce_id"])
    process = await start("--once", "--workspace", ada.workspace_id)
    output, errors = await asyncio.wait_for(process.communicate(), 30)
    assert output.decode() == HOME
    assert f"skipped {topic}".encode() in errors


def test_it_is_a_foreign_program() -> None:
    """It imports aiokafka and Python's own modules, and nothing of the project."""
    imported = set()
    for node in ast.walk(ast.parse(PROGRAM.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).partition(".")[0])
    assert imported - set(sys.stdlib_module_names) == {"aiokafka"}
