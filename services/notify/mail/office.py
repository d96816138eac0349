"""Where mails are made and how they leave, as the settings have it."""

from collections.abc import Callable
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

from chassis.sealing import Sealer
from services.notify.mail import message
from services.notify.mail.letters import Subject, Template, write
from services.notify.mail.repository import Mail
from services.notify.mail.smtp import Server, Smtp
from services.notify.mail.transports import Folder, Transport


def composer(sealer: Sealer, sender: Address, public_url: str) -> Callable[[Mail], EmailMessage]:
    """Makes a mail's message, whose token it unseals for no longer than that takes."""
    base = public_url.rstrip("/")

    def compose(mail: Mail) -> EmailMessage:
        token = sealer.open(mail.sealed).decode() if mail.sealed else None
        about = Subject(
            template=Template(mail.template),
            language=mail.language,
            full_name=mail.full_name,
            facts=mail.facts,
            token=token,
            expires_at=mail.expires_at,
            happened_at=mail.created_at,
        )
        return message.compose(
            write(about, base),
            mail_id=mail.id,
            sender=sender,
            email=mail.email,
            full_name=mail.full_name,
            date=mail.created_at,
        )

    return compose


def transport(smtp_url: str, folder: str, name: str) -> Transport | None:
    """The way that mails leave by; None: there is none. Raises `ValueError`."""
    if smtp_url:
        return Smtp(Server.parse(smtp_url), name)
    return Folder(Path(folder)) if folder else None
