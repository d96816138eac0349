"""Access tokens: JWTs that auth signed (RFC 7519, EdDSA by RFC 8037), verified once each."""

import time
from uuid import UUID

import jwt

from chassis.identity import LEEWAY, UNREADABLE, require_plain
from gateway.callers import Caller
from gateway.expiring import ExpiringCache
from gateway.problems import invalid_token
from gateway.signing_keys import SigningKeys

MAX_LENGTH = 4096
REQUIRED = ["iss", "aud", "sub", "sid", "iat", "exp", "jti"]


class AccessTokens:
    """Verifies access tokens and remembers the verified ones until they expire."""

    def __init__(self, keys: SigningKeys, *, issuer: str, audience: str, remembered: int) -> None:
        self._keys = keys
        keys.on_withdrawal.append(self.forget_all)
        self._issuer = issuer
        self._audience = audience
        self._verified: ExpiringCache[str, Caller] = ExpiringCache(remembered)

    def known(self, token: str) -> Caller | None:
        """The caller of a token that was verified before and has not expired."""
        return self._verified.get(token)

    def forget_all(self) -> None:
        """Verify again whatever comes: a key was withdrawn."""
        self._verified.clear()

    async def verify(self, token: str) -> Caller:
        """The caller; raises `Unauthenticated` for a token that auth did not sign for this
        audience, or that has expired, `Unavailable` while auth's keys can't be had."""
        key = await self._keys.get(_kid_of(token))
        if key is None:
            raise invalid_token("is signed with an unknown key")
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY,
                options={"require": REQUIRED, "strict_aud": True},
            )
            caller = Caller(str(UUID(claims["sub"])), str(UUID(claims["sid"])))
            expires_at = float(claims["exp"])
        except jwt.ExpiredSignatureError as error:
            raise invalid_token("has expired") from error
        except UNREADABLE as error:
            raise invalid_token("is not valid") from error
        self._verified.put(token, caller, expires_at + LEEWAY - time.time())
        return caller


def _kid_of(token: str) -> str:
    """The name of the key that a token says it is signed with."""
    if len(token) > MAX_LENGTH:
        raise invalid_token("is too long")
    try:
        header = jwt.get_unverified_header(token)
        require_plain(header)
    except UNREADABLE as error:
        raise invalid_token("is not one of ours") from error
    kid = header.get("kid")
    if not isinstance(kid, str):
        raise invalid_token("is not one of ours")
    return kid
