"""A letter as a message: RFC 5322 with plain text and the same in HTML (RFC 2046 section 5.1.4).

Nothing that somebody chose gets into a header unencoded: the library's policy refuses line breaks,
and names are one line before they come here.
"""

import re
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape
from textwrap import fill
from uuid import UUID

from services.notify.mail.letters import Letter, one_line

WIDTH = 76
_NOWHERE = "no mail can be sent to this address"
_LOCAL = re.compile(r"[^\s@]{1,64}")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
_STYLE = "font-family: sans-serif; font-size: 16px; line-height: 1.5; max-width: 36em"
_BUTTON = (
    "background: #1f4e79; border-radius: 4px; color: #ffffff; display: inline-block; "
    "padding: 0.5em 1em; text-decoration: none"
)


class InvalidAddressError(ValueError):
    """No mail can be sent to this address."""


def compose(
    letter: Letter,
    *,
    mail_id: UUID,
    sender: Address,
    email: str,
    full_name: str,
    date: datetime,
) -> EmailMessage:
    """The message, the same for the same mail whoever makes it: a double is known by its
    Message-ID. Raises `InvalidAddressError`."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = address(email, one_line(full_name))
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(date)
    message["Message-ID"] = f"<{mail_id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers it
    text, html = _text(letter), _html(letter)
    message.set_content(text, cte=_encoding(text))
    message.add_alternative(html, subtype="html", cte=_encoding(html))
    message["Content-Language"] = letter.language
    return message


def address(email: str, name: str = "") -> Address:
    """An address as headers have it, the domain in ASCII (RFC 5891); raises
    `InvalidAddressError`."""
    local, _, domain = email.rpartition("@")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode()
        written = Address(name, local, domain)
    except (ValueError, MessageError) as error:
        raise InvalidAddressError(_NOWHERE) from error
    if not (_LOCAL.fullmatch(local) and local.isprintable() and _DOMAIN.fullmatch(domain)):
        raise InvalidAddressError(_NOWHERE)
    return written


def sender_of(written: str) -> Address:
    """Who mails are from, as in `Warehouse <warehouse@example.com>`; raises
    `InvalidAddressError`."""
    name, email = parseaddr(written)
    try:
        return address(email, one_line(name))
    except InvalidAddressError as error:
        raise InvalidAddressError(f"no mail can be from {written!r}") from error


def _text(letter: Letter) -> str:
    link = [f"{letter.link[0]}:\n{letter.link[1]}"] if letter.link else []
    paragraphs = (*letter.before, *link, *letter.after)
    return "\n\n".join([*map(_wrapped, paragraphs), f"-- \n{_wrapped(letter.footer)}"]) + "\n"


def _html(letter: Letter) -> str:
    body = [_paragraph(one) for one in letter.before]
    if letter.link:
        words, url = (escape(one) for one in letter.link)
        body.append(f'<p><a href="{url}" style="{_BUTTON}">{words}</a></p>')
        body.append(f'<p><a href="{url}">{url}</a></p>')
    body += [_paragraph(one) for one in letter.after]
    body.append(f"<p><small>{_wrapped(escape(letter.footer))}</small></p>")
    return (
        f'<!doctype html>\n<html lang="{letter.language}">\n<head><meta charset="utf-8">'
        f"<title>{escape(letter.subject)}</title></head>\n"
        f'<body style="{_STYLE}">\n' + "\n".join(body) + "\n</body>\n</html>\n"
    )


def _paragraph(text: str) -> str:
    return "<p>" + "<br>\n".join(_wrapped(escape(line)) for line in text.split("\n")) + "</p>"


def _wrapped(text: str) -> str:
    """In lines as short as mail's should be (RFC 5322 section 2.1.1), links whole."""
    return "\n".join(
        fill(line, WIDTH, break_long_words=False, break_on_hyphens=False)
        for line in text.split("\n")
    )


def _encoding(text: str) -> str:
    """As it is: a server that takes no 8-bit text is sent base64, and a file can be read."""
    return "7bit" if text.isascii() else "8bit"
