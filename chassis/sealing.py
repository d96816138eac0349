"""Secrets at rest and on the way: sealed with a key that only those who may read them hold.

Fernet (AES-128-CBC with an HMAC-SHA256, by the `cryptography` library). Several keys may be given,
separated by commas: the first seals, all of them open, so that a key is replaced without a gap.
"""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class Sealer:
    """`keys`: comma-separated Fernet keys (32 bytes, base64url); raises `ValueError` for none."""

    def __init__(self, keys: str) -> None:
        given = [key.strip() for key in keys.split(",") if key.strip()]
        if not given:
            raise ValueError("at least one sealing key is needed")
        self._fernet = MultiFernet([Fernet(key) for key in given])

    def seal(self, secret: bytes) -> str:
        """The secret as ASCII text that says nothing without a key."""
        return self._fernet.encrypt(secret).decode()

    def open(self, sealed: str) -> bytes:
        """The secret; raises `ValueError` for what none of the keys sealed."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise ValueError("not sealed with a key at hand") from error


def new_key() -> str:
    """A fresh key for `Sealer`."""
    return Fernet.generate_key().decode()
