"""Auth's public keys by `kid`, from its JWKS (RFC 7517)."""

import asyncio
import time
from collections.abc import Callable

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chassis.logging import get_logger
from chassis.problems import Unavailable
from gateway.internal_client import InternalClient
from gateway.upstream import Upstream

PATH = "/.well-known/jwks.json"
MAX_AGE = 300.0  # seconds after which a withdrawn key is noticed
PAUSE = 2.0  # seconds between fetches for a `kid` that nobody knows
RETRY = 0.5  # seconds between fetches that fail, however many wait for one

log = get_logger(__name__)


class SigningKeys:
    """Fetched when first needed, again when an unknown `kid` appears, and when they grow old."""

    def __init__(
        self, client: InternalClient, auth: Upstream, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._auth = auth
        self._clock = clock
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._fetched_at = float("-inf")
        self._failed_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def get(self, kid: str) -> Ed25519PublicKey | None:
        """The key, or None if auth publishes no such one.

        Raises `Unavailable` while auth does not answer and the key is not known already.
        """
        key = self._keys.get(kid)
        if self._age < (PAUSE if key is None else MAX_AGE):
            return key
        async with self._fetching:
            if self._age >= (PAUSE if key is None else MAX_AGE):
                try:
                    await self._fetch()
                except Unavailable:
                    if key is None:
                        raise
                    log.warning("jwks.stale", age=round(self._age))
        return self._keys.get(kid)

    @property
    def _age(self) -> float:
        return self._clock() - self._fetched_at

    async def _fetch(self) -> None:
        if self._clock() - self._failed_at < RETRY:
            raise Unavailable("The keys that tokens are verified with can't be had right now.")
        self._failed_at = self._clock()  # until it has not
        answer = await self._client.get(self._auth, PATH)
        if answer.status != 200:
            raise Unavailable("The keys that tokens are verified with can't be had right now.")
        self._keys = _keys_of(answer.body)
        self._failed_at = float("-inf")
        self._fetched_at = self._clock()
        log.info("jwks.fetched", keys=len(self._keys))


def _keys_of(body: bytes) -> dict[str, Ed25519PublicKey]:
    """The Ed25519 keys of a key set; others are not ours to use."""
    try:
        keys = jwt.PyJWKSet.from_json(body.decode()).keys
    except (jwt.PyJWTError, ValueError) as error:
        raise Unavailable("The keys that tokens are verified with can't be read.") from error
    return {
        key.key_id: key.key
        for key in keys
        if key.key_id is not None and isinstance(key.key, Ed25519PublicKey)
    }
