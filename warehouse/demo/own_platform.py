"""A platform of one's own for the length of a run: embedded, in a folder that goes afterwards."""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from warehouse.errors import OperatorError
from warehouse.home import Home
from warehouse.registry import EVERYTHING

READY, STOPPED = 120.0, 20.0  # seconds
_COMMAND = "from warehouse.cli import main; main()"


@contextlib.asynccontextmanager
async def own_platform() -> AsyncIterator[str]:
    """`warehouse up` on free ports; its URL. Raises `OperatorError` with the end of its log when
    it does not get ready."""
    with tempfile.TemporaryDirectory(prefix="warehouse-library-") as folder:
        home, log = Home(Path(folder) / "home"), Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603, ASYNC220 - our own command, started at once
                [sys.executable, "-P", "-c", _COMMAND, "up", "--port", "0", "--kafka-port", "0"],
                env=_environment(os.environ, home),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield await _address(home, process, log)
        finally:
            process.terminate()
            try:
                await asyncio.to_thread(process.wait, STOPPED)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


async def _address(home: Home, process: "subprocess.Popen[bytes]", log: Path) -> str:
    until = time.monotonic() + READY
    while time.monotonic() < until and process.poll() is None:
        run = home.run()
        if run.get("state") == "ready":
            address: str = run["addresses"]["gateway"]
            return address
        await asyncio.sleep(0.1)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])  # noqa: ASYNC240 - at the end
    raise OperatorError(f"The platform did not start:\n{tail}")


def _environment(ours: Mapping[str, str], home: Home) -> dict[str, str]:
    """Ours, without what would lead it to servers that are somebody's."""
    foreign = ("KAFKA_", "POSTGRES_", *(f"{name.upper()}_" for name in EVERYTHING))
    kept = {name: value for name, value in ours.items() if not name.startswith(foreign)}
    return {**kept, "WAREHOUSE_HOME": str(home.folder), "WAREHOUSE_DEMO": "0"}
