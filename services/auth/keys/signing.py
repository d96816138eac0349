"""A private key, and the name and form that its public half is published under: a JWK (RFC 8037)
under a short form of its thumbprint (RFC 7638)."""

import base64
import hashlib
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.identity import decode_key, encode_key

Jwk = dict[str, str]


def private_keys_of(setting: str) -> list[Ed25519PrivateKey]:
    """The keys of a setting: raw, base64url, comma separated, each once; raises `ValueError`."""
    texts = dict.fromkeys(text.strip() for text in setting.split(",") if text.strip())
    return [Ed25519PrivateKey.from_private_bytes(decode_key(text)) for text in texts]


def public_of(private: Ed25519PrivateKey) -> str:
    """The raw public key, base64url."""
    return encode_key(private.public_key().public_bytes_raw())


def kid_of(public: str) -> str:
    canonical = json.dumps(_required(public), sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).decode()[:16]


def jwk_of(kid: str, public: str) -> Jwk:
    return _required(public) | {"kid": kid, "alg": "EdDSA", "use": "sig"}


def _required(public: str) -> Jwk:
    return {"crv": "Ed25519", "kty": "OKP", "x": public}
