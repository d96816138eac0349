"""How messages leave: to real SMTP servers of every temper, and into a folder."""

import ipaddress
import ssl
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import aiosmtplib
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from support.mailbox import LATER, UNKNOWN, Mailbox

from services.notify.mail.letters import Letter
from services.notify.mail.message import compose, sender_of
from services.notify.mail.smtp import Server, Smtp
from services.notify.mail.transports import Folder, RefusedError
from warehouse.embedded.server import free_port

ID = UUID("01980000-0000-7000-8000-000000000001")
DANA = "dana@warehouse.example"
LETTER = Letter("en", "Hello", ("Hello,",), None, ("Õ",), "Warehouse")


@pytest.fixture(autouse=True)
def notify() -> None:
    """No service is needed here."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that it signed itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    """A server that the test starts as it wants it."""
    mailbox = Mailbox(free_port())
    yield mailbox
    await mailbox.stop()


async def send(
    mailbox: Mailbox, *, to: str = DANA, scheme: str = "smtp", user: str = "", options: str = ""
) -> None:
    url = f"{scheme}://{user}127.0.0.1:{mailbox.port}{options}"
    message = compose(
        LETTER,
        mail_id=ID,
        sender=sender_of("Warehouse <post@warehouse.example>"),
        email=to,
        full_name="Dana",
        date=datetime.now(UTC),
    )
    await Smtp(Server.parse(url), "warehouse.example").send(message, ID)


@pytest.mark.parametrize("eight_bit", [True, False])
async def test_a_message_is_handed_over(mailbox: Mailbox, *, eight_bit: bool) -> None:
    """As it is, or encoded for a server that takes ASCII alone."""
    mailbox.eight_bit = eight_bit
    await mailbox.start()
    await send(mailbox)
    [received] = mailbox.to(DANA)
    assert received.sender == "post@warehouse.example"
    assert received.message["Message-ID"] == f"<{ID}@warehouse.example>"
    assert "Õ" in received.text
    assert "Õ" in received.html
    encodings = {part["Content-Transfer-Encoding"] for part in received.message.iter_parts()}
    assert ("8bit" in encodings) == eight_bit


async def test_what_may_pass_and_what_will_not(mailbox: Mailbox) -> None:
    """A server that is away or busy may take the mail later; an unknown mailbox stays unknown."""
    with pytest.raises(aiosmtplib.SMTPConnectError):
        await send(mailbox)
    await mailbox.start()
    mailbox.recipients = lambda _: LATER
    with pytest.raises(aiosmtplib.SMTPRecipientRefused, match="try again later"):
        await send(mailbox)
    mailbox.recipients = lambda _: UNKNOWN
    with pytest.raises(RefusedError, match="no such mailbox"):
        await send(mailbox)
    assert mailbox.received == []


async def test_an_address_beyond_ascii_needs_a_server_that_takes_it(mailbox: Mailbox) -> None:
    """SMTPUTF8 (RFC 6531) where it is offered, else no attempt would ever succeed."""
    await mailbox.start()
    await send(mailbox, to="õnne@žukov.example")
    assert len(mailbox.to("õnne@xn--ukov-kbb.example")) == 1
    mailbox.utf8 = False
    with pytest.raises(RefusedError, match="SMTPUTF8"):
        await send(mailbox, to="õnne@žukov.example")
    await send(mailbox, to="dana@žukov.example")
    assert len(mailbox.to("dana@xn--ukov-kbb.example")) == 1


@pytest.mark.parametrize("starttls", [False, True])
async def test_certificates_are_checked(
    mailbox: Mailbox, tls: ssl.SSLContext, certificate: Path, *, starttls: bool
) -> None:
    """From the first byte, and after a STARTTLS that was offered: one that nobody vouches for gets
    no mail, unless the operator says whom to trust."""
    mailbox.tls, mailbox.starttls = tls, starttls
    scheme = "smtp" if starttls else "smtps"
    await mailbox.start()
    with pytest.raises((ssl.SSLCertVerificationError, aiosmtplib.SMTPException)) as refused:
        await send(mailbox, scheme=scheme)
    assert "certificate verify failed" in f"{refused.value} {refused.value.__cause__}"
    await send(mailbox, scheme=scheme, options=f"?ca={certificate}")
    assert len(mailbox.received) == 1


async def test_a_password_is_told_to_nobody_in_the_clear(
    mailbox: Mailbox, tls: ssl.SSLContext, certificate: Path
) -> None:
    """With a password STARTTLS is required; a wrong one may be mended, so the mail is kept."""
    mailbox.password = "right"
    await mailbox.start()
    with pytest.raises(aiosmtplib.SMTPException, match="STARTTLS extension not supported"):
        await send(mailbox, user="dana:right@")
    await mailbox.stop()
    mailbox.tls, mailbox.starttls = tls, True
    await mailbox.start()
    with pytest.raises(aiosmtplib.SMTPAuthenticationError):
        await send(mailbox, user="dana:wrong@", options=f"?ca={certificate}")
    await send(mailbox, user="dana:right@", options=f"?ca={certificate}")
    assert len(mailbox.received) == 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail", Server("mail", 25, False, None, None, None, None)),
        ("smtp://u%40x:p%2Fw@mail", Server("mail", 587, False, True, "u@x", "p/w", None)),
        ("smtps://u:p@mail/", Server("mail", 465, True, False, "u", "p", None)),
        ("smtp://u:p@mail:1025?starttls=never", Server("mail", 1025, False, False, "u", "p", None)),
        ("smtp://[::1]:25?ca=/a.pem", Server("::1", 25, False, None, None, None, "/a.pem")),
    ],
)
def test_a_url_says_how_mail_goes(url: str, expected: Server) -> None:
    assert Server.parse(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com:25",
        "http://mail",
        "smtp://",
        "smtp://mail:port",
        "smtp://u:secret@mail?starttls=perhaps",
        "smtp://u:secret@mail?tls=1",
        "smtps://u:secret@mail?starttls=never",
        "smtp://u:secret@mail/path",
    ],
)
def test_a_url_that_is_wrong_is_explained_and_not_repeated(url: str) -> None:
    """It holds a password."""
    with pytest.raises(ValueError, match="write smtp://user:password@host:port") as error:
        Server.parse(url)
    assert "secret" not in str(error.value)


async def test_a_folder_gets_a_file_for_each_mail(tmp_path: Path) -> None:
    """Written whole, for its owner's eyes; a mail that is sent again is the same file."""
    folder = tmp_path / "mail"
    message = compose(
        LETTER,
        mail_id=ID,
        sender=sender_of("post@warehouse.example"),
        email=DANA,
        full_name="",
        date=datetime.now(UTC),
    )
    for _ in range(2):
        await Folder(folder).send(message, ID)
    [file] = folder.iterdir()
    assert file.name == f"{ID}.eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert b"Subject: Hello\r\n" in file.read_bytes()
