"""Invitation tokens: opaque, in the invited person's mail alone; kept as SHA-256."""

import hashlib
import secrets

PREFIX = "whi_"  # for scanners that look for leaked secrets
_SECRET = 32  # bytes


def new_token() -> str:
    return PREFIX + secrets.token_urlsafe(_SECRET)


def hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
