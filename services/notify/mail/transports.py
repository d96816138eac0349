"""How a message leaves: to an SMTP server, or into a folder."""

import asyncio
import os
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from uuid import UUID

from chassis.logging import get_logger

log = get_logger(__name__)


class RefusedError(Exception):
    """The mail will not be taken, however often it is offered. The message may name its address."""


class Transport(Protocol):
    """Hands a message on. Raises `RefusedError` for what no further attempt would mend, and
    anything else for what one may."""

    async def send(self, message: EmailMessage, mail_id: UUID) -> None: ...


class Folder:
    """A file for each mail, in order by name, for their eyes alone who run Warehouse; sent again,
    a mail is the same file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, message: EmailMessage, mail_id: UUID) -> None:
        path = self._folder / f"{mail_id}.eml"
        await asyncio.to_thread(_write, path, message.as_bytes())
        log.info("mail.written", path=str(path), subject=message["Subject"])


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
