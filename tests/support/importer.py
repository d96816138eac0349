"""`warehouse import` as a person runs it."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from support.callers import PASSWORD, Person
from warehouse.cli import app
from warehouse.errors import OperatorError

COMMAND = "from warehouse.cli import main; main()"


@dataclass
class Done:
    """How a run of the command ended."""

    code: int
    out: str
    err: str


@dataclass
class Importer:
    """Runs the command for one person."""

    url: str
    person: Person
    folder: Path

    def arguments(self, kind: str, content: str | bytes, *options: str) -> list[str]:
        path = self.folder / f"{kind}.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        who = ("--url", self.url, "--email", self.person.email)
        return ["import", kind, str(path), *who, *options]

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        """The command as a process of its own."""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-c", COMMAND, *arguments),
            env={**os.environ, "WAREHOUSE_PASSWORD": PASSWORD},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self, kind: str, content: str | bytes, *options: str) -> Done:
        """The command in this process, beside the test's own loop."""
        arguments = self.arguments(kind, content, *options)
        return await self.invoke(arguments, {"WAREHOUSE_PASSWORD": PASSWORD})

    async def invoke(self, arguments: list[str], environment: dict[str, str]) -> Done:
        result = await asyncio.to_thread(CliRunner().invoke, app, arguments, env=environment)
        if isinstance(result.exception, OperatorError):
            return Done(1, result.stdout, str(result.exception))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Done(result.exit_code, result.stdout, result.stderr)

    async def all(self, resource: str) -> list[dict[str, Any]]:
        """Every record of a short list, by its own identifier, sku and name."""
        page = await self.person.see(f"/{resource}?limit=200")
        assert page["next_cursor"] is None
        names = ("external_id", "sku", "name")
        return sorted(page["items"], key=lambda each: [each.get(name) or "" for name in names])
