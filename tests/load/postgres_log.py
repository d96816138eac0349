"""The statements that PostgreSQL is sent, read from its own log, connection by connection."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

from load.stack import Stack

QUIET = 0.4  # seconds until a changed setting holds
_ENTRY = re.compile(r"(?m)^(?=\d+\|)")
_STATEMENT = re.compile(
    r"(\d+)\|([^|]*)\|[^|]*\|LOG:  (?:statement|execute [^:]*): *(.*)", re.DOTALL
)
_SCOPE = "SET warehouse."
_SETTINGS = {"log_statement": "all", "log_parameter_max_length": "0"}


@dataclass
class Transaction:
    """Statements of one connection from BEGIN to its end, or one alone."""

    application: str
    statements: list[str] = field(default_factory=list)

    def holds(self, text: str) -> bool:
        return any(text in statement for statement in self.statements)

    @property
    def is_open(self) -> bool:
        ended = self.statements[-1].startswith(("COMMIT", "ROLLBACK"))
        return self.holds("BEGIN") and not ended


@contextlib.asynccontextmanager
async def logged(connection: Any) -> AsyncIterator[None]:  # noqa: ANN401 - asyncpg is untyped
    """Every statement that is sent to any database goes into the log meanwhile."""
    for name, value in _SETTINGS.items():
        await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    await connection.execute("SELECT pg_reload_conf()")
    await asyncio.sleep(QUIET)
    try:
        yield
    finally:
        for name in _SETTINGS:
            await connection.execute(f"ALTER SYSTEM RESET {name}")
        await connection.execute("SELECT pg_reload_conf()")


def transactions(stack: Stack, start: int) -> Iterator[Transaction]:
    """What the log tells from byte `start` on, each connection's in order. The setting of a scope
    is left out: a connection needs it only when its last transaction had another one."""
    with stack.postgres.log.open("rb") as log:
        log.seek(start)
        text = log.read().decode()
    going: dict[str, Transaction] = {}
    for entry in _ENTRY.split(text):
        if (found := _STATEMENT.match(entry)) is None:
            continue
        process, application, statement = found.groups()
        if statement.startswith(_SCOPE):
            continue
        transaction = going.setdefault(process, Transaction(application))
        transaction.statements.append(" ".join(statement.split()))
        if not transaction.is_open:
            yield going.pop(process)
