"""What a user may do in a workspace: asked from auth, kept for seconds, dropped by events."""

import asyncio
import json
from typing import Literal
from uuid import UUID

from chassis.identity import MemberRole
from chassis.logging import get_logger
from chassis.problems import NotFound, Unavailable
from gateway.callers import Membership
from gateway.expiring import ExpiringCache
from gateway.internal_client import InternalClient
from gateway.routing import NO_WORKSPACE
from gateway.upstream import Upstream

STRANGER_LIFETIME = 1.0  # seconds that "not a member" is kept

log = get_logger(__name__)

Key = tuple[str, str]


# Who is no member is kept as well.
Known = Membership | Literal[False]


class Memberships:
    """`lifetime`: seconds that a membership is trusted when no event says that it changed."""

    def __init__(
        self, client: InternalClient, auth: Upstream, *, lifetime: float, remembered: int
    ) -> None:
        self._client = client
        self._auth = auth
        self._lifetime = lifetime
        self._kept: ExpiringCache[Key, Known] = ExpiringCache(remembered)
        self._asking: dict[Key, asyncio.Task[Known]] = {}

    def known(self, workspace: str, user: str) -> Membership | None:
        """The membership, if it is known without asking."""
        return self._kept.get((workspace, user)) or None

    async def of(self, workspace: str, user: str) -> Membership:
        """The membership; raises `NotFound` for one who is no member, so that nobody learns which
        workspaces there are, and `Unavailable` while auth does not answer."""
        key = (workspace, user)
        found = self._kept.get(key)
        if found is None:
            asking = self._asking.get(key)
            if asking is None:
                asking = asyncio.create_task(self._ask(key))
                self._asking[key] = asking
            found = await asyncio.shield(asking)
        if not found:
            raise NotFound(NO_WORKSPACE)
        return found

    def forget(self, workspace: str, user: str) -> None:
        """The membership changed: the next request asks again."""
        self._kept.discard((workspace, user))
        # An answer under way may have been given before the change: it serves who waits for it,
        # and is not kept.
        self._asking.pop((workspace, user), None)

    def forget_workspace(self, workspace: str) -> None:
        for key in [key for key in (*self._kept, *self._asking) if key[0] == workspace]:
            self.forget(*key)

    def forget_all(self) -> None:
        self._kept.clear()
        self._asking.clear()

    async def _ask(self, key: Key) -> Known:
        workspace, user = key
        task = asyncio.current_task()
        try:
            answer = await self._client.get(self._auth, f"/internal/memberships/{workspace}/{user}")
            found = _membership(answer.status, answer.body)
            if self._asking.get(key) is task:
                lifetime = self._lifetime if found else min(STRANGER_LIFETIME, self._lifetime)
                self._kept.put(key, found, lifetime)
            return found
        finally:
            if self._asking.get(key) is task:
                del self._asking[key]


def _membership(status: int, body: bytes) -> Known:
    if status == 404:
        return False
    try:
        if status == 200:
            said = json.loads(body)
            locations = said.get("locations")
            return Membership(
                MemberRole(said["role"]),
                None if locations is None else frozenset(map(UUID, locations)),
                approval=bool(said.get("approval", False)),
            )
    except (ValueError, KeyError, TypeError, AttributeError):
        log.exception("membership.unreadable")
    raise Unavailable("Your role in this workspace can't be looked up right now.")
