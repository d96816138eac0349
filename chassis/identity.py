"""Who is asking: the internal identity token that the gateway signs and every service verifies.

A JWT (RFC 7519), EdDSA over Ed25519 (RFC 8037), 60 seconds, in the header `X-Warehouse-Identity`.
The gateway strips the header from whatever comes in, so that only its own can arrive. Services
trust nothing else: a request without a valid token is answered 401.
"""

import base64
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from chassis.problems import Unauthenticated

HEADER = "x-warehouse-identity"
ISSUER = "warehouse-gateway"
AUDIENCE = "warehouse-services"
LIFETIME = 60  # seconds
LEEWAY = 30  # seconds that the clocks of two machines may differ by

# What reading a token may raise, whatever it holds: nesting without end, numbers beyond all bounds.
UNREADABLE = (
    *(jwt.InvalidTokenError, ValueError, TypeError, AttributeError),
    *(RecursionError, OverflowError),
)


class MemberRole(StrEnum):
    """What a member may do in a workspace; each role may do all that those before it may."""

    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"

    def allows(self, needed: "MemberRole") -> bool:
        return _RANK[self] >= _RANK[needed]


_HEADER = frozenset({"alg", "kid", "typ"})
_RANK = {role: rank for rank, role in enumerate(MemberRole)}


class AccessScope(StrEnum):
    """What a personal access token may be used for, whatever the role of its owner allows."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Identity:
    """The caller as the gateway saw it: `user_id` is None on public routes, `workspace_id` and
    `role` are set on workspace routes alone.

    Who signed in has a `session_id`; who came with a personal access token has its `token_id` and
    its `scopes` (None: no bounds but the role's). `locations` are the roots of the location
    subtrees that a member is restricted to, None without a restriction. `approval_id` is the
    approved pending change that the request carries out.
    """

    user_id: UUID | None = None
    session_id: UUID | None = None
    workspace_id: UUID | None = None
    role: MemberRole | None = None
    address: str = ""
    token_id: UUID | None = None
    scopes: frozenset[AccessScope] | None = None
    locations: frozenset[UUID] | None = None
    approval_id: UUID | None = None

    def has_scope(self, needed: AccessScope) -> bool:
        """Whether the credentials that the caller came with reach so far."""
        return self.scopes is None or needed in self.scopes


class IdentitySigner:
    """Signs identity tokens; the gateway alone holds one."""

    def __init__(self, private_key: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(decode_key(private_key))

    def sign(self, identity: Identity) -> str:
        now = int(time.time())
        claims: dict[str, str | int | list[str]] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + LIFETIME,
            "adr": identity.address,
        }
        for claim, value in (
            ("sub", identity.user_id),
            ("sid", identity.session_id),
            ("wsp", identity.workspace_id),
            ("role", identity.role),
            ("tid", identity.token_id),
            ("apr", identity.approval_id),
        ):
            if value is not None:
                claims[claim] = str(value)
        if identity.scopes is not None:
            claims["scp"] = sorted(identity.scopes)
        if identity.locations is not None:
            claims["loc"] = sorted(map(str, identity.locations))
        return jwt.encode(claims, self._key, algorithm="EdDSA")


class IdentityVerifier:
    """Verifies identity tokens and remembers the verified ones until they expire."""

    def __init__(self, public_key: str, *, remembered: int = 4096) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(decode_key(public_key))
        self._seen: OrderedDict[str, tuple[float, Identity]] = OrderedDict()
        self._remembered = remembered

    def verify(self, token: str | None) -> Identity:
        """The identity in `token`; raises `Unauthenticated` for anything the gateway did not
        sign, or signed more than a minute ago."""
        if not token:
            raise Unauthenticated("This service is reached through the gateway only.")
        known = self._seen.get(token)
        if known and known[0] > time.time():
            return known[1]
        try:
            decoded = jwt.decode_complete(
                token,
                self._key,
                algorithms=["EdDSA"],
                audience=AUDIENCE,
                issuer=ISSUER,
                leeway=LEEWAY,
                options={"require": ["exp", "iat", "aud", "iss"], "strict_aud": True},
            )
            require_plain(decoded["header"])
            claims = decoded["payload"]
            identity = Identity(
                user_id=_uuid(claims.get("sub")),
                session_id=_uuid(claims.get("sid")),
                workspace_id=_uuid(claims.get("wsp")),
                role=MemberRole(claims["role"]) if "role" in claims else None,
                address=str(claims.get("adr", "")),
                token_id=_uuid(claims.get("tid")),
                scopes=frozenset(map(AccessScope, claims["scp"])) if "scp" in claims else None,
                locations=frozenset(map(UUID, claims["loc"])) if "loc" in claims else None,
                approval_id=_uuid(claims.get("apr")),
            )
            expires_at = float(claims["exp"])
        except UNREADABLE as error:
            raise Unauthenticated("This service is reached through the gateway only.") from error
        self._seen[token] = (expires_at, identity)
        if len(self._seen) > self._remembered:
            self._seen.popitem(last=False)
        return identity


def require_plain(header: Mapping[str, Any]) -> None:
    """Raise `ValueError` for a token's header that asks for more than ours do: keys to be fetched,
    extensions to be heeded (RFC 8725, section 3)."""
    if header.get("alg") != "EdDSA" or header.get("typ", "JWT") != "JWT":
        raise ValueError("neither algorithm nor type are ours")
    if not header.keys() <= _HEADER:
        raise ValueError("a header that ours have not")


def decode_key(text: str) -> bytes:
    """Raw key bytes from base64url, padded or not."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode_key(raw: bytes) -> str:
    """Raw key bytes as base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def new_key_pair() -> tuple[str, str]:
    """A new Ed25519 pair as (private, public), each base64url of its raw 32 bytes."""
    key = Ed25519PrivateKey.generate()
    return encode_key(key.private_bytes_raw()), encode_key(key.public_key().public_bytes_raw())


def public_key_of(private_key: str) -> str:
    """The public half of a private key, both as base64url of the raw bytes."""
    key = Ed25519PrivateKey.from_private_bytes(decode_key(private_key))
    return encode_key(key.public_key().public_bytes_raw())


def _uuid(value: object) -> UUID | None:
    return None if value is None else UUID(str(value))
