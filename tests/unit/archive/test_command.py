"""What `warehouse export`, `restore` and `import` refuse before they ask the platform."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from warehouse.cli import app


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "there.zip"), "is there already; choose another name, or --overwrite"),
        (("export", "a.zip", "--format", "csv"), "There is no format 'csv'; there are: json, xlsx"),
        (("export", "a.zip", "--format", "xlsx"), "end it in .xlsx"),
        (("export", "none/a.zip"), "there is no folder"),
        (("export", "a.pdf", "--kind", "items"), "end it in .csv or .xlsx, or give --format"),
        (("export", "a", "--kind", "items"), "end it in .csv or .xlsx, or give --format"),
        (("restore", "."), "is a folder"),
        (("import", "items", "."), "is a folder"),
        (("restore", "none.zip"), "there is no such file"),
        (("restore", "there.zip"), "cut short"),
        (("restore", "there.zip", "--name", "A", "--into", "B"), "leave --name out"),
    ],
)
def test_the_message_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.zip").touch()
    done = CliRunner().invoke(app, [*arguments, "--token", "t"])
    assert said in str(done.exception)
    assert [each.name for each in tmp_path.iterdir()] == ["there.zip"]
