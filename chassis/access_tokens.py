"""Personal access tokens as text: `wh_`, 32 random characters, and 6 that check those.

The check is no secret. It lets a scanner of leaked secrets tell a token from any other text, and
the gateway refuse what was never one without asking anybody. Only the digest is ever stored.
"""

import hashlib
import re
import secrets
import string
import zlib

PREFIX = "wh_"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM = 32  # characters, 190 bits
_CHECK = 6  # characters, a CRC-32 in base 62
_FORM = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_RANDOM + _CHECK}}}")


def new_token() -> str:
    """A fresh token."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return PREFIX + body + _check(body)


def is_token(text: str) -> bool:
    """Whether `text` has the form of a token; whether it is one, only auth knows."""
    if _FORM.fullmatch(text) is None:
        return False
    body = text.removeprefix(PREFIX)
    return _check(body[:_RANDOM]) == body[_RANDOM:]


def digest(text: str) -> bytes:
    """What a token is known by: the SHA-256 of its text, prefix and check included."""
    return hashlib.sha256(text.encode()).digest()


def _check(body: str) -> str:
    left, check = zlib.crc32(body.encode()), ""
    for _ in range(_CHECK):
        left, digit = divmod(left, len(_ALPHABET))
        check = _ALPHABET[digit] + check
    return check
