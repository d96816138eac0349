"""ID tokens: what a provider says of who signed in, and whether it is the provider that says it.

OpenID Connect Core 1.0, section 3.1.3.7.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jwt

from chassis.fields import storable

#: Asymmetric ones alone: a token is never taken as signed with a secret, or not at all.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
LEEWAY = 60  # seconds that the provider's clock may differ by
_MAX_SUBJECT = 255  # OpenID Connect Core 1.0, section 2

Jwk = dict[str, Any]


class InvalidIdTokenError(Exception):
    """An ID token that says nothing; the message is for the log."""


class UnknownKeyError(InvalidIdTokenError):
    """It was signed with a key that is not among those at hand."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Who signed in, as the provider tells it. An `email` that it does not vouch for is none."""

    subject: str
    email: str | None
    name: str | None


def verify(
    token: str, keys: Sequence[Jwk], *, issuer: str, client_id: str, nonce_hash: bytes
) -> dict[str, Any]:
    """The claims of a token that `issuer` made for `client_id` and for the sign-in with this
    nonce. Raises `InvalidIdTokenError` for any other."""
    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            raise InvalidIdTokenError(f"algorithm {algorithm!r}")
        key = jwt.PyJWK(_key(keys, header.get("kid"), algorithm), algorithm)
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=client_id,
            issuer=issuer,
            leeway=LEEWAY,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except jwt.PyJWTError as error:
        raise InvalidIdTokenError(repr(error)) from error
    _check_party(claims, client_id)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(hashed(nonce), nonce_hash):
        raise InvalidIdTokenError("nonce")
    subject = claims["sub"]
    if not 0 < len(subject) <= _MAX_SUBJECT or not storable(subject):
        raise InvalidIdTokenError("subject")
    return claims


def read(claims: dict[str, Any]) -> Claims:
    """Who signed in, from verified claims."""
    email = claims.get("email")
    # Some providers write the boolean as text.
    vouched = claims.get("email_verified") in (True, "true")
    names = (claims.get("name"), _joined(claims.get("given_name"), claims.get("family_name")))
    name = next((one for one in names if isinstance(one, str) and one.strip()), None)
    return Claims(
        subject=claims["sub"],
        email=email if isinstance(email, str) and vouched else None,
        name=name,
    )


def hashed(text: str) -> bytes:
    """What is kept of a secret that comes back: its SHA-256."""
    return hashlib.sha256(text.encode()).digest()


def _key(keys: Sequence[Jwk], kid: str | None, algorithm: str) -> Jwk:
    fitting = [
        key
        for key in keys
        if key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (kid is None or key.get("kid") == kid)
    ]
    if len(fitting) != 1:
        raise UnknownKeyError(f"{len(fitting)} keys fit {kid!r}")
    return fitting[0]


def _check_party(claims: dict[str, Any], client_id: str) -> None:
    """For one of several audiences, or with an authorized party at all, that has to be us."""
    audience, party = claims["aud"], claims.get("azp")
    if isinstance(audience, list) and len(audience) > 1 and party is None:
        raise InvalidIdTokenError("several audiences and no azp")
    if party is not None and party != client_id:
        raise InvalidIdTokenError("azp")


def _joined(*parts: object) -> str:
    return " ".join(part.strip() for part in parts if isinstance(part, str) and part.strip())
