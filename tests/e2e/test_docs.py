"""The worked example of each page in docs/, as a reader copies it into a shell.

A page's `sh` blocks are one script. What it shows below a block, as `json` or without a language,
is what that prints: a line of dots stands for others, and ids and times are somebody else's.
"""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from e2e.test_readme import pytestmark as curl_has_json
from support.processes import Processes

from warehouse.demo.load import load

pytestmark = curl_has_json

ROOT = Path(__file__).resolve().parents[2]
API = "http://127.0.0.1:8000"
PAGES = [page for page in sorted((ROOT / "docs").glob("*.md")) if f"api={API}" in page.read_text()]
_BLOCK = re.compile(r"^```(sh|json|)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_OWN = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)?"
)


def script_of(page: Path) -> tuple[str, list[str]]:
    """What the page runs, and the lines that it shows."""
    blocks = _BLOCK.findall(page.read_text())
    begun = next(n for n, (kind, text) in enumerate(blocks) if kind == "sh" and API in text)
    script = "".join(text for kind, text in blocks[begun:] if kind == "sh")
    shown = [line for kind, text in blocks[begun:] if kind != "sh" for line in text.splitlines()]
    return script, [line.strip() for line in shown]


def missing(shown: list[str], said: list[str]) -> list[str]:
    """The lines shown that are not said, in this order."""
    left = iter(_OWN.sub("", line.strip()).rstrip(",") for line in said)
    wanted = [_OWN.sub("", line).rstrip(",") for line in shown if line != "..."]
    return [line for line in wanted if line not in left]


@pytest.fixture(scope="module")
async def demo(processes: Processes) -> None:
    """The demonstration that the pages begin with."""
    processes.everything()
    await load(processes.url("gateway"))


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
async def test_the_worked_example_does_as_it_says(page: Path, platform: str) -> None:
    script, shown = script_of(page)
    assert shown
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-c", script.replace(API, platform)),
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, err = await shell.communicate()
    assert err.decode() == ""
    assert missing(shown, out.decode().splitlines()) == [], out.decode()
