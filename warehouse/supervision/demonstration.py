"""The demo workspace of the first start, loaded like anybody's data: over the public API."""

import asyncio
import os
import sys
from importlib.util import find_spec

from warehouse.home import Home
from warehouse.supervision.console import Console

_SCRIPT = (
    "import asyncio, pathlib, sys; from warehouse.demo.load import load; "
    "asyncio.run(load(sys.argv[1], pathlib.Path(sys.argv[2])))"
)


async def load_demo(home: Home, gateway_url: str, console: Console) -> None:
    """Load it unless it is loaded; what fails is said and tried again at the next start. A process
    of its own, so that the supervisor stays small."""
    if home.demo_is_loaded or find_spec("warehouse.demo.load") is None:
        return
    output = console.channel("demo")
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-c", _SCRIPT, gateway_url, str(home.mail)),
            stdout=output,
            stderr=output,
        )
    finally:
        os.close(output)
    try:
        status = await process.wait()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if status == 0:
        home.note_demo_loaded()
        console.event("demo.loaded")
    else:
        console.event("demo.failed", exit=status)
