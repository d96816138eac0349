"""Auth's public keys by `kid`, from its JWKS (RFC 7517)."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chassis.logging import get_logger
from chassis.problems import Unavailable
from gateway.expiring import ExpiringCache
from gateway.internal_client import InternalClient
from gateway.upstream import Upstream

PATH = "/.well-known/jwks.json"
REFRESH = 5.0  # seconds after which a withdrawn key is noticed
PAUSE = 2.0  # seconds between fetches for a `kid` that nobody knows
EXTRA = 3  # fetches for unknown ones between two that are due anyway
RETRY = 0.5  # seconds between fetches that fail, however many wait for one

log = get_logger(__name__)


class SigningKeys:
    """Fetched when first needed, every few seconds from then on, and when an unknown `kid` comes:
    a new key is known as soon as it signs, and made-up ones do not make a request each."""

    def __init__(
        self, client: InternalClient, auth: Upstream, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._auth = auth
        self._clock = clock
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._unknown: ExpiringCache[str, bool] = ExpiringCache(256, clock)
        self._extra = EXTRA
        self._failed_at = float("-inf")
        self._fetching = asyncio.Lock()
        self._started = 0  # fetches
        self._task: asyncio.Task[None] | None = None
        self.on_withdrawal: list[Callable[[], None]] = []  # called when a known key is gone

    async def get(self, kid: str) -> Ed25519PublicKey | None:
        """The key, or None if auth publishes no such one.

        Raises `Unavailable` while auth does not answer and the key is not known already.
        """
        key = self._keys.get(kid)
        if key is not None or self._unknown.get(kid):
            return key
        started = self._started
        async with self._fetching:
            # Whoever waited here has what was fetched since they came.
            if kid not in self._keys and self._started == started and not await self._fetch_extra():
                return None
        key = self._keys.get(kid)
        if key is None:
            self._unknown.put(kid, True, PAUSE)
        return key

    async def _fetch_extra(self) -> bool:
        """Fetch, unless that was done too often for keys that there are not."""
        if self._keys:
            if self._extra == 0:
                return False
            self._extra -= 1
        await self._fetch()
        return True

    async def start(self) -> None:
        self._task = asyncio.create_task(self._keep_fresh())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH)
            if self._keys:
                await self.refresh()

    async def refresh(self) -> None:
        """Fetch what auth publishes now; while it does not answer, what is known goes on."""
        async with self._fetching:
            try:
                await self._fetch()
            except Unavailable as error:
                log.warning("jwks.stale", error=repr(error))
            else:
                self._extra = EXTRA

    async def _fetch(self) -> None:
        if self._clock() - self._failed_at < RETRY:
            raise Unavailable("The keys that tokens are verified with can't be had right now.")
        self._failed_at = self._clock()  # until it has not
        self._started += 1
        answer = await self._client.get(self._auth, PATH)
        if answer.status != 200:
            raise Unavailable("The keys that tokens are verified with can't be had right now.")
        before, self._keys = self._keys, _keys_of(answer.body)
        self._failed_at = float("-inf")
        if before.keys() != self._keys.keys():
            log.info("jwks.changed", kids=sorted(self._keys))
        if before.keys() - self._keys.keys():
            for forget in self.on_withdrawal:
                forget()


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
