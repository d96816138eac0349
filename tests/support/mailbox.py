"""A real SMTP server that keeps what it gets, and can be told to behave badly."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

from support.waiting import eventually

OK, UNKNOWN, LATER = "250 OK", "550 5.1.1 no such mailbox", "451 4.7.1 try again later"


@dataclass
class Received:
    """A message that was taken, with its envelope."""

    sender: str
    recipients: list[str]
    message: EmailMessage

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None
        content: str = part.get_content()
        return content


@dataclass
class Mailbox:
    """Listens on 127.0.0.1:`port` between `start` and `stop`. `recipients` answers for addresses,
    `slow` ones are taken and answered only when `answer` is set."""

    port: int
    tls: ssl.SSLContext | None = None
    starttls: bool = False
    utf8: bool = True
    eight_bit: bool = True
    password: str | None = None
    recipients: Callable[[str], str] = lambda _address: OK
    slow: set[str] = field(default_factory=set)
    answer: asyncio.Event = field(default_factory=asyncio.Event)
    received: list[Received] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _connections: list[SMTP] = field(default_factory=list)

    async def start(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(
            self._connection,
            "127.0.0.1",
            self.port,
            ssl=None if self.starttls else self.tls,
        )

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for connection in self._connections:
            if connection.transport is not None:
                connection.transport.close()
        await eventually(lambda: all(one.transport is None for one in self._connections))
        self._connections.clear()
        await self._server.wait_closed()
        self._server = None

    def to(self, address: str) -> list[Received]:
        """What came for an address, first to last."""
        return [one for one in self.received if address in one.recipients]

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,  # noqa: ARG002 - aiosmtpd's signature
        session: Any,  # noqa: ANN401
        envelope: Any,  # noqa: ANN401, ARG002
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        return [one for one in responses if self.eight_bit or "8BITMIME" not in one]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,  # noqa: ARG002 - aiosmtpd's signature
        session: Any,  # noqa: ANN401, ARG002
        envelope: Any,  # noqa: ANN401
        address: str,
        options: list[str],  # noqa: ARG002
    ) -> str:
        self.asked.append(address)
        answer = self.recipients(address)
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self,
        server: SMTP,  # noqa: ARG002
        session: Any,  # noqa: ANN401, ARG002
        envelope: Any,  # noqa: ANN401
    ) -> str:
        message = message_from_bytes(envelope.content, EmailMessage, policy=policy.default)
        self.received.append(Received(envelope.mail_from, envelope.rcpt_tos, message))
        if self.slow & set(envelope.rcpt_tos):
            await self.answer.wait()
        return OK

    def _connection(self) -> SMTP:
        connection = SMTP(
            self,
            hostname="mail.example",
            enable_SMTPUTF8=self.utf8,
            tls_context=self.tls if self.starttls else None,
            require_starttls=self.starttls,
            auth_required=self.password is not None and self.tls is not None,
            authenticator=self._authenticate,
            loop=asyncio.get_running_loop(),
        )
        self._connections.append(connection)
        return connection

    def _authenticate(self, *arguments: Any) -> AuthResult:  # noqa: ANN401 - aiosmtpd's signature
        given = arguments[-1]
        return AuthResult(success=given.password == (self.password or "").encode(), handled=False)
