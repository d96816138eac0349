"""Personal access tokens: opaque texts that auth knows by their hashes.

Auth is asked about a token at most every few seconds; an event that it changed or that its owner
is gone makes the next request ask again at once.
"""

import json
import time
from datetime import datetime
from uuid import UUID

from chassis.access_tokens import digest, is_token
from chassis.identity import AccessScope
from chassis.logging import get_logger
from chassis.problems import Unavailable
from gateway.callers import Caller
from gateway.internal_client import InternalClient
from gateway.lookups import Found, Lookups
from gateway.problems import invalid_token
from gateway.token_use import TokenUse
from gateway.upstream import Upstream

LIFETIME = 4.0  # seconds that a token is trusted when no event says that it changed

log = get_logger(__name__)


class PersonalTokens:
    """Finds whom a token speaks for, and tells `use` of each time it did."""

    def __init__(
        self, client: InternalClient, auth: Upstream, use: TokenUse, *, remembered: int
    ) -> None:
        self._client = client
        self._auth = auth
        self._use = use
        self._lookups: Lookups[str, Caller] = Lookups(self._ask, remembered=remembered)

    async def verify(self, token: str) -> Caller:
        """The caller; raises `Unauthenticated` for a token that auth does not know, or no more,
        and `Unavailable` while auth does not answer."""
        key = digest(token).hex()
        caller = self._lookups.found.get(key)
        if caller is None:
            # What has not the form of a token costs nobody a question.
            if not is_token(token):
                raise invalid_token("is not one of ours")
            caller = await self._lookups.find(key)
        if caller is None or caller.token is None:
            raise invalid_token("is unknown, has expired, or was revoked")
        self._use.note(caller.token)
        return caller

    def forget(self, token_id: str) -> None:
        """The token changed, or was revoked."""
        self._forget({key for key, caller in self._known() if caller.token == token_id})

    def forget_user(self, user: str) -> None:
        """Whatever became of the user counts from the next request on."""
        self._forget({key for key, caller in self._known() if caller.user == user})

    def forget_all(self) -> None:
        self._lookups.forget_all()

    def _known(self) -> list[tuple[str, Caller]]:
        return list(self._lookups.found.items())

    def _forget(self, keys: set[str]) -> None:
        for key in keys:
            self._lookups.forget(key)
        # Whose the tokens are that are being asked for is not known yet.
        self._lookups.forget_asked()

    async def _ask(self, key: str) -> Found[Caller]:
        answer = await self._client.get(self._auth, f"/internal/access-tokens/{key}")
        return _found(answer.status, answer.body)


def _found(status: int, body: bytes) -> Found[Caller]:
    if status == 404:
        return Found(None, LIFETIME)
    try:
        if status == 200:
            said = json.loads(body)
            left = LIFETIME
            if said.get("expires_at") is not None:
                expires_at = datetime.fromisoformat(said["expires_at"]).timestamp()
                left = min(left, expires_at - time.time())
            workspace = said.get("workspace_id")
            caller = Caller(
                user=str(UUID(said["user_id"])),
                token=str(UUID(said["token_id"])),
                scopes=frozenset(map(AccessScope, said["scopes"])),
                workspace=None if workspace is None else str(UUID(workspace)),
            )
            return Found(caller if left > 0 else None, left if left > 0 else LIFETIME)
    except (ValueError, KeyError, TypeError, AttributeError):
        log.exception("access_token.unreadable")
    raise Unavailable("Access tokens can't be looked up right now; try again in a moment.")
