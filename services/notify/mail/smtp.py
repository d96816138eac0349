"""The SMTP transport (RFC 5321), by aiosmtplib: one connection for each mail.

What a server says of itself (no log-in, no such sender, too busy) or of the way to it may change,
so it is no reason to give a mail up; what it says of the recipient or the content is.
"""

import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cached_property
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import aiosmtplib
from aiosmtplib import (
    SMTPDataError,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from services.notify.mail.transports import RefusedError

ANSWER = 15.0  # seconds for each answer of the server
_STARTTLS = {"required": True, "offered": None, "never": False}
_NOT_UNDERSTOOD = (
    "NOTIFY_SMTP_URL is not understood: write smtp://user:password@host:port or smtps://…, with "
    "?starttls=required, offered or never and ?ca=FILE where needed"
)


@dataclass(frozen=True)
class Server:
    """Where mail goes, and how it is kept from others on the way there: by TLS from the first byte
    (`smtps`), or by STARTTLS, which is `required` where there is a password to keep, else taken
    where it is `offered`. A certificate is always checked, against the authorities in `ca` where
    that is given, else the system's."""

    host: str
    port: int
    tls: bool
    starttls: bool | None
    user: str | None
    password: str | None
    ca: str | None

    @classmethod
    def parse(cls, url: str) -> Self:
        """The server that `url` names; raises `ValueError`, which does not repeat it."""
        try:
            parts = urlsplit(url)
            options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
            tls = {"smtp": False, "smtps": True}[parts.scheme]
            default = "required" if parts.username else "offered"
            starttls = _STARTTLS["never" if tls else options.pop("starttls", default)]
            usual = 465 if tls else 587 if parts.username else 25
            server = cls(
                host=parts.hostname or "",
                port=parts.port or usual,
                tls=tls,
                starttls=starttls,
                user=unquote(parts.username) if parts.username else None,
                password=unquote(parts.password) if parts.password else None,
                ca=options.pop("ca", None),
            )
        except (KeyError, ValueError) as error:
            raise ValueError(_NOT_UNDERSTOOD) from error
        if options or not server.host or parts.path not in ("", "/"):
            raise ValueError(_NOT_UNDERSTOOD)
        return server


class Smtp:
    """Sends through `server`, to which this one says that it is `name`."""

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = name

    async def send(self, message: EmailMessage, mail_id: UUID) -> None:  # noqa: ARG002 - it is in the Message-ID
        server = self._server
        try:
            await aiosmtplib.send(
                message,
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                local_hostname=self._name,
                timeout=ANSWER,
                use_tls=server.tls,
                start_tls=server.starttls,
                tls_context=self._tls,
            )
        except SMTPRecipientsRefused as refused:
            _refuse_for_good(refused.recipients[0])
            raise refused.recipients[0] from refused
        except (SMTPRecipientRefused, SMTPDataError) as refused:
            _refuse_for_good(refused)
            raise
        except SMTPNotSupported as refused:  # an address beyond ASCII (RFC 6531)
            raise RefusedError(refused.message) from refused

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._server.ca)


def _refuse_for_good(refused: SMTPResponseException) -> None:
    """RFC 5321 section 4.2.1: 5yz is not to be tried again in the same form, 4yz is."""
    if refused.code >= 500:
        raise RefusedError(f"{refused.code} {refused.message}") from refused
