"""Refresh tokens: opaque to clients, kept as SHA-256 only.

Inside is the session's id, a secret of the session that all its tokens share (the family), and a
secret of the token's own. The family tells an old token of this session, which is worth an alarm,
from one that somebody made up; so nothing of tokens long rotated needs to be kept.
"""

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass
from typing import Self
from uuid import UUID

PREFIX = "whr_"  # for scanners that look for leaked secrets
_FAMILY, _SECRET = 16, 32  # bytes


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A token in the clear; it exists in memory and with its client alone."""

    session_id: UUID
    family: bytes
    secret: bytes

    @classmethod
    def first(cls, session_id: UUID) -> Self:
        """The first token of a new session."""
        return cls(session_id, secrets.token_bytes(_FAMILY), secrets.token_bytes(_SECRET))

    def next(self) -> "RefreshToken":
        """Another token of the same family."""
        return RefreshToken(self.session_id, self.family, secrets.token_bytes(_SECRET))

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The token in `text`; None for what is none."""
        if not text.startswith(PREFIX):
            return None
        body = text.removeprefix(PREFIX)
        try:
            raw = base64.b64decode(body + "=" * (-len(body) % 4), b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(raw) != 16 + _FAMILY + _SECRET:
            return None
        return cls(UUID(bytes=raw[:16]), raw[16 : 16 + _FAMILY], raw[16 + _FAMILY :])

    @property
    def text(self) -> str:
        raw = self.session_id.bytes + self.family + self.secret
        return PREFIX + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    @property
    def family_hash(self) -> bytes:
        return hashlib.sha256(self.session_id.bytes + self.family).digest()

    @property
    def token_hash(self) -> bytes:
        return hashlib.sha256(self.session_id.bytes + self.family + self.secret).digest()
