"""The log that a person reads: every line under the name of the process that wrote it."""

import asyncio
import contextlib
import os
import re
import sys
import time
from typing import Any, TextIO

WIDTH = 9  # the longest name: inventory, analytics, warehouse
OWN = "warehouse"
TIME = "%H:%M:%S"  # as the services' lines have it (`chassis.logging`)
_COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)
_ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LINE = 1024 * 1024  # bytes; a longer line is cut into several


def wants_colour(stream: TextIO) -> bool:
    """Colour for a person's terminal, unless `NO_COLOR` says otherwise (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


class Console:
    """Prints events of the supervisor and lines of its processes, one at a time.

    A process writes into the pipe that `channel` gives, and is done when it closes it.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self.colour = wants_colour(self._stream)
        self._names: list[str] = []
        self._readers: set[asyncio.Task[None]] = set()

    def event(self, event: str, **fields: object) -> None:
        """An event of the supervisor's own, as the services write theirs."""
        now = time.strftime(TIME)
        shown = [now, event, *(f"{name}={value}" for name, value in fields.items())]
        self.line(OWN, " ".join(shown))

    def line(self, name: str, text: str) -> None:
        if not self.colour:
            text = _ESCAPE.sub("", text)
        self.write(f"{self._prefix(name)} {text}")

    def write(self, text: str) -> None:
        """A line without a prefix; nothing happens when nobody reads any more."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text + "\n")
            self._stream.flush()

    def channel(self, name: str) -> int:
        """The write end of a new pipe whose lines are printed as `name`'s; the caller closes it."""
        ours, theirs = os.pipe()
        task = asyncio.create_task(self._read(name, ours))
        self._readers.add(task)
        task.add_done_callback(self._readers.discard)
        return theirs

    async def drain(self, timeout: float = 1) -> None:
        """Wait until everything written so far by processes that have ended is printed."""
        if self._readers:
            await asyncio.wait(self._readers, timeout=timeout)
        for task in self._readers:
            task.cancel()

    async def _read(self, name: str, descriptor: int) -> None:
        reader = asyncio.StreamReader(limit=_LINE)
        loop = asyncio.get_running_loop()
        pipe: Any = os.fdopen(descriptor, "rb", buffering=0)
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), pipe
        )
        try:
            while line := await _line(reader):
                self.line(name, line.decode(errors="replace").rstrip("\n"))
        finally:
            transport.close()

    def _prefix(self, name: str) -> str:
        if name not in self._names:
            self._names.append(name)
        label = f"{name:<{WIDTH}} │"
        if not self.colour:
            return label
        if name == OWN:
            return f"\x1b[1m{label}\x1b[0m"
        colour = _COLOURS[self._names.index(name) % len(_COLOURS)]
        return f"\x1b[{colour}m{label}\x1b[0m"


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as overrun:
        return await reader.readexactly(overrun.consumed)
