"""The README's worked example, as a reader copies it into a shell."""

import asyncio
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from warehouse.demo import DEMO_PASSWORD
from warehouse.demo.load import load

_SHELL = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)


def _curl_has_json() -> bool:
    """Its `--json` came with 7.82."""
    curl = shutil.which("curl")
    if curl is None:
        return False
    said = subprocess.run([curl, "--help", "all"], capture_output=True, text=True, check=False)
    return "--json" in said.stdout


pytestmark = pytest.mark.skipif(not _curl_has_json(), reason="needs curl 7.82 or later")


async def example(repository: Path, url: str, password: str = DEMO_PASSWORD) -> tuple[str, str]:
    """What the example says, and what it complains of."""
    script = "\n".join(_SHELL.findall((repository / "README.md").read_text()))
    script = script.replace("http://127.0.0.1:8000", url).replace(DEMO_PASSWORD, password)
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-c", script), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    async with asyncio.timeout(60):
        out, err = await shell.communicate()
    return out.decode(), err.decode()


async def test_the_worked_example_does_as_it_says_however_often(
    platform: str, repository: Path
) -> None:
    await load(platform)
    for _ in range(2):
        out, err = await example(repository, platform)
        assert err == ""
        assert '"status": "active"' in out
        assert '"detail": "None are free; wait until some come back."' in out


async def test_what_the_platform_refuses_is_shown_in_its_own_words(
    platform: str, repository: Path
) -> None:
    await load(platform)
    _, err = await example(repository, platform, password="not the password")
    assert err.startswith("E-mail or password is not right. Check both")
    assert "Traceback" not in err
