"""The operator's commands as an operator runs them, in this process: most of a command's time is
Python's own start."""

import asyncio
import contextlib
import io
import json
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import pytest

from warehouse.cli import main


@dataclass(frozen=True)
class Done:
    """A command that ended: its exit code and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401
        """Its answer to `--json`, after a success."""
        assert self.code == 0, self.err
        return json.loads(self.out)


Command = Callable[..., Awaitable[Done]]


@pytest.fixture
def warehouse(environment: dict[str, str]) -> Iterator[Command]:
    """`await warehouse("lag", "--json")`, in the environment of this session's stack; keywords
    change variables of it."""

    async def run(*arguments: str, **variables: str) -> Done:
        return await asyncio.to_thread(_run, arguments, {**environment, **variables})

    level = logging.getLogger("aiokafka").level
    yield run
    logging.getLogger("aiokafka").setLevel(level)


def _run(arguments: tuple[str, ...], environment: Mapping[str, str]) -> Done:
    code: object = 0
    with (
        patch.dict(os.environ, environment, clear=True),
        patch.object(sys, "argv", ["warehouse", *arguments]),
        contextlib.redirect_stdout(io.StringIO()) as out,
        contextlib.redirect_stderr(io.StringIO()) as err,
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code
    return Done(int(str(code or 0)), out.getvalue(), err.getvalue())
