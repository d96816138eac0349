"""Mails as messages."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

import pytest

from services.notify.mail.letters import Letter
from services.notify.mail.message import InvalidAddressError, address, compose, sender_of

ID = UUID("01980000-0000-7000-8000-000000000001")
TIME = datetime(2026, 3, 2, 8, 5, tzinfo=UTC)
LETTER = Letter(
    language="et",
    subject="Kinnita oma e-posti aadress",
    before=("Tere, Õnne <b>!",),
    link=("Kinnita", 'https://warehouse.example/verify-email?token=a&b="'),
    after=("Kui see ei olnud sina",),
    footer="Warehouse",
)


def made(email: str = "dana@warehouse.example", name: str = "Dana") -> EmailMessage:
    """The message as the reader's program has it."""
    sender = sender_of("Warehouse <post@warehouse.example>")
    message = compose(LETTER, mail_id=ID, sender=sender, email=email, full_name=name, date=TIME)
    read = message_from_bytes(message.as_bytes(), EmailMessage, policy=policy.default)
    assert read.defects == []
    return read


def test_headers_say_what_a_mail_is() -> None:
    """The Message-ID is the mail's own, so that a double is known."""
    message = made()
    assert message["Message-ID"] == f"<{ID}@warehouse.example>"
    assert message["From"] == "Warehouse <post@warehouse.example>"
    assert message["To"] == "Dana <dana@warehouse.example>"
    assert message["Date"] == "Mon, 02 Mar 2026 08:05:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "et"


def test_text_and_html_say_the_same() -> None:
    message = made()
    assert message.get_content_type() == "multipart/alternative"
    text, html = [part.get_content().replace("\r", "") for part in message.iter_parts()]
    assert 'Kinnita:\nhttps://warehouse.example/verify-email?token=a&b="\n' in text
    assert "Tere, Õnne <b>!" in text
    assert "Tere, Õnne &lt;b&gt;!" in html
    assert 'href="https://warehouse.example/verify-email?token=a&amp;b=&quot;"' in html


def test_a_file_of_it_can_be_read_as_it_is() -> None:
    """Links are whole and lines are short, so that whoever has no server can go on by copying."""
    message = compose(
        replace(LETTER, after=("Kui see ei olnud sina, ära tee midagi: " * 4,)),
        mail_id=ID,
        sender=sender_of("post@warehouse.example"),
        email="dana@warehouse.example",
        full_name="",
        date=TIME,
    )
    lines = message.as_bytes().decode().split("\r\n")
    assert 'https://warehouse.example/verify-email?token=a&b="' in lines
    assert max(len(line) for line in lines[: lines.index("-- ")]) <= 78
    assert "Content-Transfer-Encoding: 8bit" in lines


@pytest.mark.parametrize("name", ["Õnne Žukov", "Дана", 'D "R" <x@y.z>', ""])
def test_any_name_is_a_name(name: str) -> None:
    [reader] = made(name=name)["To"].addresses
    assert reader.addr_spec == "dana@warehouse.example"
    assert reader.display_name == name


@pytest.mark.parametrize("name", ["Dana\r\nBcc: all@example.com", "Dana\nX: y", "\r\n\r\nbody"])
def test_a_name_cannot_add_a_header(name: str) -> None:
    message = made(name=name)
    assert message["Bcc"] is None
    assert message["X"] is None
    assert [one.addr_spec for one in message["To"].addresses] == ["dana@warehouse.example"]


@pytest.mark.parametrize(
    "email",
    ["", "dana", "@example.com", "dana@", "dana@exa mple.com", "dana@example.com\r\nBcc: x@y.z",
     "dana\r\n@example.com", "dana@a, b@c.d", "dana@-x.example", f"{'d' * 65}@example.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(InvalidAddressError):
        address(email)


def test_a_domain_is_written_in_ascii() -> None:
    assert address("dana@žukov.ee").addr_spec == "dana@xn--ukov-kbb.ee"
    assert address("õnne@example.ee").addr_spec == "õnne@example.ee"


def test_a_sender_that_is_none_is_named() -> None:
    with pytest.raises(InvalidAddressError, match="no mail can be from 'Warehouse'"):
        sender_of("Warehouse")
