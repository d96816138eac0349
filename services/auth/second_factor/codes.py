"""Codes in the clear: those of the app for a while, and recovery codes, which are for when the
app is gone. Recovery codes have 80 bits, which no one guesses from their SHA-256."""

import base64
import hashlib
import secrets
import time
from uuid import UUID

import pyotp
from pyotp.exceptions import OTPVerificationError

ISSUER = "Warehouse"
RECOVERY_CODES = 10
DRIFT = 1  # steps of 30 seconds that the clock of an app may be off by


def new_secret() -> str:
    """A fresh secret of 160 bits, base32, as RFC 4226 section 4 advises."""
    return pyotp.random_base32()


def uri(secret: str, account: str) -> str:
    """What an app reads as a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)


def step_of(secret: str, code: str, *, after: int) -> int | None:
    """The time step that `code` is right for, if it is later than `after`."""
    totp = pyotp.TOTP(secret)
    try:
        step = totp.verify_and_get_timecode(code, for_time=time.time(), valid_window=DRIFT)
    except OTPVerificationError:
        return None
    return step if step > after else None


def new_recovery_codes() -> list[str]:
    """Ten fresh ones, such as `k3vd-7q2m-xw5a-n6tj`."""
    return ["-".join(_groups(_random())) for _ in range(RECOVERY_CODES)]


def recovery_hash(user_id: UUID, code: str) -> bytes:
    """What is kept of one; however its letters and groups were typed."""
    plain = "".join(code.split()).replace("-", "").lower()
    return hashlib.sha256(user_id.bytes + plain.encode()).digest()


def _random() -> str:
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()


def _groups(text: str) -> list[str]:
    return [text[at : at + 4] for at in range(0, len(text), 4)]
