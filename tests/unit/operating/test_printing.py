"""What commands say, to a person and to a program."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from warehouse.operating import printing


def test_nothing_that_comes_from_outside_steers_the_terminal() -> None:
    assert printing.printable("a\x1b[2Jb\x9bc\r\n") == "a\\x1b[2Jb\\x9bc\\r\n"
    assert printing.printable("Kanu für zwei — ok") == "Kanu für zwei — ok"


def test_a_table_in_a_pipe_cuts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Brackets are no markup either."""
    long = "warehouse." + "x" * 150
    printing.table(("topic", "lag"), [(long, 3), ("[red]t[/red]", None)], right="lag")
    said = capsys.readouterr().out
    assert long in said
    assert "[red]t[/red]" in said
    assert [line.split()[-1] for line in said.splitlines() if "x" in line] == ["3"]


def test_json_has_times_as_iso_8601(capsys: pytest.CaptureFixture[str]) -> None:
    id_ = UUID(int=1)
    printing.as_json({"at": datetime(2026, 5, 1, tzinfo=UTC), "id": id_})
    printing.as_line({"a": 1})
    said = capsys.readouterr().out
    document, line = said[: said.index("}") + 1], said.splitlines()[-1]
    assert json.loads(document) == {"at": "2026-05-01T00:00:00+00:00", "id": str(id_)}
    assert line == '{"a":1}'


def test_what_is_no_json_refuses() -> None:
    with pytest.raises(TypeError, match="set is no JSON"):
        printing.as_line({"a": {1}})
