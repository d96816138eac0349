"""Access tokens: JWTs (RFC 7519), EdDSA over Ed25519 (RFC 8037), ten minutes long.

Their public keys are published as a JWK Set (RFC 7517), each under a short form of its thumbprint
(RFC 7638).
"""

import base64
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from uuid_utils import uuid4

from chassis.identity import decode_key, encode_key

ISSUER = "warehouse-auth"
AUDIENCE = "warehouse"
LIFETIME = 600  # seconds

Jwk = dict[str, str]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the name it is published under."""

    private: Ed25519PrivateKey
    kid: str
    public: Jwk


class Keyring:
    """Signs with the first of its keys and publishes all of them."""

    def __init__(self, private_keys: Sequence[str]) -> None:
        self._keys = [_signing_key(text) for text in private_keys]
        if not self._keys:
            raise ValueError("at least one signing key is needed")
        self.key_set: dict[str, list[Jwk]] = {"keys": [key.public for key in self._keys]}

    @classmethod
    def of(cls, setting: str) -> "Keyring":
        """The keyring of comma-separated private keys."""
        return cls([text.strip() for text in setting.split(",") if text.strip()])

    def access_token(self, user_id: UUID, session_id: UUID) -> str:
        """A token for a user in a session, good for ten minutes from now."""
        now = int(time.time())
        key = self._keys[0]
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "sid": str(session_id),
            "iat": now,
            "exp": now + LIFETIME,
            "jti": str(uuid4()),
        }
        return jwt.encode(claims, key.private, algorithm="EdDSA", headers={"kid": key.kid})


def _signing_key(text: str) -> SigningKey:
    private = Ed25519PrivateKey.from_private_bytes(decode_key(text))
    required = {
        "crv": "Ed25519",
        "kty": "OKP",
        "x": encode_key(private.public_key().public_bytes_raw()),
    }
    canonical = json.dumps(required, sort_keys=True, separators=(",", ":")).encode()
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).decode()
    kid = thumbprint[:16]
    return SigningKey(private, kid, required | {"kid": kid, "alg": "EdDSA", "use": "sig"})
