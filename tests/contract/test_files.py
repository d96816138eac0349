"""The committed files of the contract, and what keeps them true."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import Field

from chassis.events import Event
from warehouse import cli
from warehouse.contracts import checks, declared, files, headers, openapi, page, released
from warehouse.contracts.schemas import of_event
from warehouse.topics import Topic

COMMAND = "from warehouse.cli import main; main()"
Contracts = Callable[..., tuple[int, str]]


class Lent(Event):
    """It was lent."""

    topic, type = "warehouse.test.thing.v1", "warehouse.test.thing.lent"

    notes: str = Field(description="What was written down")


class LentNumbered(Lent):
    """It was lent."""

    notes: int = Field(description="Numbers, all of a sudden")  # type: ignore[assignment]


class LentAnew(LentNumbered):
    """It was lent."""

    schema_version = 2


TOLD = ["warehouse.test.thing.lent v1: field notes: was string, is integer"]


@pytest.fixture
def contracts(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Contracts:
    """`contracts("check")`: the command's exit code and complaints, in this process; with the
    services' own documents as they are committed, which is what a process of theirs would say."""
    committed = {
        path.stem: json.loads(path.read_text())
        for path in (repository / files.OPENAPI).glob("*.json")
    }
    monkeypatch.setattr(openapi, "documents", lambda: committed)

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["warehouse", "contracts", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        code = ended.value.code
        assert isinstance(code, int)
        return code, capsys.readouterr().err

    return run


def commit(root: Path, event: type[Event]) -> None:
    path = root / files.path_of(event)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(of_event(event)))


@pytest.mark.long
def test_the_committed_contract_holds() -> None:
    """Every file is what the code says, no version's promise is broken, every consumer fits. Long,
    because `make lint` says so too."""
    checked = subprocess.run(
        [sys.executable, "-c", COMMAND, "contracts", "check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


@pytest.fixture
def copy(repository: Path, tmp_path: Path) -> Path:
    """A project's folder with the committed files."""
    shutil.copytree(repository / "contracts", tmp_path / "contracts")
    for name in ("gateway/static/asyncapi.json", "docs/events.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(repository / name, tmp_path / name)
    return tmp_path


def test_stale_files_fail_the_check_and_are_mended_by_writing(
    copy: Path, contracts: Contracts
) -> None:
    """What differs is shown as a difference, what nothing generates is named."""
    name = "contracts/events/warehouse.loans.loan.returned/1.json"
    text = (copy / name).read_text()
    (copy / name).write_text(text.replace("All units are back.", "All is well."))
    left = copy / "contracts/consumers/loans/warehouse.test.thing.lent.json"
    left.write_text("{}")
    code, told = contracts("check", "--root", str(copy))
    assert code == 1
    assert '-  "description": "All is well."' in told
    assert '+  "description": "All units are back."' in told
    assert "warehouse.test.thing.lent.json: nothing generates it; remove it" in told
    assert "run `warehouse contracts write`" in told
    left.unlink()
    assert contracts("write", "--root", str(copy)) == (0, "")
    assert (copy / name).read_text() == text


def test_a_broken_promise_is_told_and_not_written_over(copy: Path, contracts: Contracts) -> None:
    """The committed schema is the baseline: `write` leaves it and says what to do."""
    name = "contracts/events/warehouse.loans.loan.returned/1.json"
    schema = json.loads((copy / name).read_text())
    schema["required"].remove("due_at")
    before = json.dumps(schema)
    (copy / name).write_text(before)
    told = "warehouse.loans.loan.returned v1: field due_at: was optional, is required"
    for command in ("check", "write"):
        code, said = contracts(command, "--root", str(copy))
        assert code == 1
        assert told in said.splitlines()
    assert "Raise the event's schema_version" in said
    assert (copy / name).read_text() == before


def test_a_new_version_may_change_anything(tmp_path: Path) -> None:
    """The former version's schema stays: its records stay in the log."""
    commit(tmp_path, Lent)
    assert checks.incompatible(tmp_path, [LentNumbered]) == TOLD
    assert checks.incompatible(tmp_path, [LentAnew]) == []
    generated = {files.path_of(LentAnew): "{}"}
    assert [line.splitlines()[0] for line in checks.stale(tmp_path, generated)] == [
        "--- contracts/events/warehouse.test.thing.lent/2.json (committed)"
    ]


def test_a_released_version_binds_whatever_was_committed_since(tmp_path: Path) -> None:
    """Removing or rewriting the committed schema does not help once it was released."""
    (tmp_path / "contracts").mkdir()
    assert released.write(tmp_path, [Lent]) == 1
    assert checks.incompatible(tmp_path, [LentNumbered]) == TOLD
    commit(tmp_path, LentNumbered)
    assert checks.incompatible(tmp_path, [LentNumbered]) == TOLD
    assert checks.incompatible(tmp_path, [Lent, LentAnew])[:1] == [
        "warehouse.test.thing.lent v1: field notes: was integer, is string"
    ]
    assert released.write(tmp_path, [LentAnew]) == 2
    assert checks.incompatible(tmp_path, [LentNumbered]) == TOLD


def test_a_header_that_was_promised_stays(tmp_path: Path) -> None:
    schema = headers.schema()
    schema["properties"]["ce_region"] = {"type": "string", "description": "Where it was"}
    (tmp_path / "contracts").mkdir()
    (tmp_path / files.HEADERS).write_text(json.dumps(schema))
    assert checks.incompatible(tmp_path, []) == ["headers: field ce_region: was removed"]


def test_a_release_notes_every_schema(tmp_path: Path, contracts: Contracts) -> None:
    """By its identifier, as records name it; a release without an incompatible change is fine."""
    (tmp_path / "contracts").mkdir()
    assert contracts("release", "--root", str(tmp_path)) == (0, "")
    known = released.read(tmp_path)
    assert "urn:warehouse:event:warehouse.loans.loan.returned:1" in known
    assert checks.incompatible(tmp_path, declared.events()) == []
    assert checks.gone(tmp_path, declared.events()) == []


def test_a_type_that_was_published_stays_described(tmp_path: Path) -> None:
    commit(tmp_path, Lent)
    told = "warehouse.test.thing.lent: has a schema and no class; keep the class, its records stay"
    assert checks.gone(tmp_path, []) == [f"{told} in the log"]
    assert checks.gone(tmp_path, [Lent]) == []


def test_the_page_tells_of_every_topic_and_field() -> None:
    """For people: when it is sent, of which fields, who hears it."""
    topic = Topic("warehouse.test.thing.v1", 3, 1, {})
    text = page.text([Lent], [topic], {"notify": {Lent.type: []}})
    assert "| [warehouse.test.thing.v1](#warehousetestthingv1) | `{id}` | 3 | `lent` |" in text
    assert "### warehouse.test.thing.lent\n\nIt was lent." in text
    assert "| `notes` | string | What was written down |" in text
    assert "Heard by notify." in text
    assert "| `ce_workspaceid` | UUID |" in text
