"""Access tokens: JWTs (RFC 7519), EdDSA over Ed25519 (RFC 8037), ten minutes long.

Their public keys are published as a JWK Set (RFC 7517).
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from uuid_utils import uuid4

from chassis.database import Database, is_away
from chassis.logging import get_logger
from chassis.problems import Unavailable
from chassis.scope import SYSTEM
from chassis.sealing import Sealer
from services.auth.keys import repository, rotation
from services.auth.keys.repository import KeyRow
from services.auth.keys.schedule import LIFETIME, KeyState, standings
from services.auth.keys.signing import Jwk, jwk_of

__all__ = ["AUDIENCE", "ISSUER", "LIFETIME", "Keyring"]

ISSUER = "warehouse-auth"
AUDIENCE = "warehouse"
KEPT = 1.0  # seconds that what was read of the keys is gone by

log = get_logger(__name__)


class Keyring:
    """The keys as the database has them, read again by whoever needs them a second later, so that
    every replica takes part in a rotation. `seed`: private keys to begin with where there is none.
    """

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        seed: Sequence[Ed25519PrivateKey] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._seed = seed
        self._clock = clock
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()
        self._kid = ""
        self._opened: Ed25519PrivateKey | None = None
        self.key_set: dict[str, list[Jwk]] = {"keys": []}

    async def refresh(self) -> None:
        """Read the keys unless that was just done. While the database is away, what is known
        verifies on; raises what kept it from being read when nothing is."""
        if self._is_fresh():
            return
        async with self._reading:
            if self._is_fresh():
                return
            began = self._clock()
            try:
                self._take(await self._read())
            except Exception as error:
                if not self.key_set["keys"] or not is_away(error):
                    raise
                log.warning("signing_keys.stale", error=repr(error))
            self._read_at = began

    async def maintain(self, days: int) -> None:
        """What is due: a key to begin with, a new one when the newest is so old."""
        async with self._database.system() as session:
            await rotation.maintain(session, self._sealer, self._seed, days=days)

    def access_token(self, user_id: UUID, session_id: UUID) -> str:
        """A token for a user in a session, good for ten minutes from now. Raises `Unavailable`
        when the key that signs can't be opened."""
        if self._opened is None:
            raise Unavailable("Nobody can sign in right now; whoever runs this has to see to it.")
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "sid": str(session_id),
            "iat": now,
            "exp": now + LIFETIME,
            "jti": str(uuid4()),
        }
        return jwt.encode(claims, self._opened, algorithm="EdDSA", headers={"kid": self._kid})

    def _is_fresh(self) -> bool:
        return self._clock() - self._read_at < KEPT

    async def _read(self) -> list[KeyRow]:
        reader = self._database.reader.within(SYSTEM)
        rows = await repository.recent(reader)
        if _signer(rows) is None:
            async with self._database.system() as session:
                await rotation.seed(session, self._sealer, self._seed)
            rows = await repository.recent(reader)
        return rows

    def _take(self, rows: Sequence[KeyRow]) -> None:
        at = rows[0].at
        standing = standings(rows, at)
        published = [row for row in rows if standing[row.kid].is_published]
        self.key_set = {"keys": [jwk_of(row.kid, row.public) for row in published]}
        signer = _signer(rows)
        if signer is not None and (signer.kid != self._kid or self._opened is None):
            self._kid, self._opened = signer.kid, self._open(signer)
            log.info("signing_key.in_use", kid=signer.kid)

    def _open(self, row: KeyRow) -> Ed25519PrivateKey | None:
        try:
            return Ed25519PrivateKey.from_private_bytes(self._sealer.open(row.sealed or ""))
        except ValueError:
            log.exception("signing_key.not_opened", kid=row.kid)
            return None


def _signer(rows: Sequence[KeyRow]) -> KeyRow | None:
    if not rows:
        return None
    standing = standings(rows, rows[0].at)
    return next((row for row in rows if standing[row.kid].state is KeyState.SIGNING), None)
