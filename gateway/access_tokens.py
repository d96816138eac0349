"""Access tokens: JWTs that auth signed (RFC 7519, EdDSA by RFC 8037), verified once each."""

import time
from uuid import UUID

import jwt

from chassis.identity import LEEWAY
from chassis.problems import Unauthenticated
from gateway.callers import Caller
from gateway.expiring import ExpiringCache
from gateway.signing_keys import SigningKeys

MAX_LENGTH = 4096
REQUIRED = ["iss", "aud", "sub", "sid", "iat", "exp", "jti"]


class AccessTokens:
    """Verifies access tokens and remembers the verified ones until they expire."""

    def __init__(self, keys: SigningKeys, *, issuer: str, audience: str, remembered: int) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._verified: ExpiringCache[str, Caller] = ExpiringCache(remembered)

    def known(self, token: str) -> Caller | None:
        """The caller of a token that was verified before and has not expired."""
        return self._verified.get(token)

    async def verify(self, token: str) -> Caller:
        """The caller; raises `Unauthenticated` for a token that auth did not sign for this
        audience, or that has expired, `Unavailable` while auth's keys can't be had."""
        if len(token) > MAX_LENGTH:
            raise _invalid("is too long")
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError as error:
            raise _invalid("can't be read") from error
        kid = header.get("kid")
        if header.get("alg") != "EdDSA" or not isinstance(kid, str):
            raise _invalid("is not one of ours")
        key = await self._keys.get(kid)
        if key is None:
            raise _invalid("is signed with an unknown key")
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY,
                options={"require": REQUIRED},
            )
            caller = Caller(str(UUID(claims["sub"])), str(UUID(claims["sid"])))
        except jwt.ExpiredSignatureError as error:
            raise _invalid("has expired") from error
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError) as error:
            raise _invalid("is not valid") from error
        self._verified.put(token, caller, float(claims["exp"]) + LEEWAY - time.time())
        return caller


def _invalid(why: str) -> Unauthenticated:
    problem = Unauthenticated(f"The access token {why}.")
    problem.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'  # RFC 6750, section 3.1
    return problem
