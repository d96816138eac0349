"""The role that a user has in a workspace: asked from auth, kept for seconds, dropped by events."""

import asyncio
import json

from chassis.identity import MemberRole
from chassis.logging import get_logger
from chassis.problems import NotFound, Unavailable
from gateway.expiring import ExpiringCache
from gateway.internal_client import InternalClient
from gateway.routing import NO_WORKSPACE
from gateway.upstream import Upstream

STRANGER_LIFETIME = 1.0  # seconds that "not a member" is kept

log = get_logger(__name__)

Key = tuple[str, str]


class Memberships:
    """`lifetime`: seconds that a role is trusted when no event says that it changed."""

    def __init__(
        self, client: InternalClient, auth: Upstream, *, lifetime: float, remembered: int
    ) -> None:
        self._client = client
        self._auth = auth
        self._lifetime = lifetime
        # The empty string is the role of one who has none, so that strangers are kept as well.
        self._roles: ExpiringCache[Key, MemberRole | str] = ExpiringCache(remembered)
        self._asking: dict[Key, asyncio.Task[MemberRole | str]] = {}

    def known(self, workspace: str, user: str) -> MemberRole | None:
        """The role, if it is known without asking."""
        role = self._roles.get((workspace, user))
        return role if isinstance(role, MemberRole) else None

    async def role(self, workspace: str, user: str) -> MemberRole:
        """The role; raises `NotFound` for one who is no member, so that nobody learns which
        workspaces there are, and `Unavailable` while auth does not answer."""
        key = (workspace, user)
        role = self._roles.get(key)
        if role is None:
            asking = self._asking.get(key)
            if asking is None:
                asking = asyncio.create_task(self._ask(key))
                self._asking[key] = asking
            role = await asyncio.shield(asking)
        if not isinstance(role, MemberRole):
            raise NotFound(NO_WORKSPACE)
        return role

    def forget(self, workspace: str, user: str) -> None:
        """The membership changed: the next request asks again."""
        self._roles.discard((workspace, user))
        # An answer under way may have been given before the change: it serves who waits for it,
        # and is not kept.
        self._asking.pop((workspace, user), None)

    def forget_workspace(self, workspace: str) -> None:
        for key in [key for key in (*self._roles, *self._asking) if key[0] == workspace]:
            self.forget(*key)

    def forget_all(self) -> None:
        self._roles.clear()
        self._asking.clear()

    async def _ask(self, key: Key) -> MemberRole | str:
        workspace, user = key
        task = asyncio.current_task()
        try:
            answer = await self._client.get(self._auth, f"/internal/memberships/{workspace}/{user}")
            role = _role(answer.status, answer.body)
            if self._asking.get(key) is task:
                lifetime = self._lifetime if role else min(STRANGER_LIFETIME, self._lifetime)
                self._roles.put(key, role, lifetime)
            return role
        finally:
            if self._asking.get(key) is task:
                del self._asking[key]


def _role(status: int, body: bytes) -> MemberRole | str:
    if status == 404:
        return ""
    try:
        if status == 200:
            return MemberRole(json.loads(body)["role"])
    except (ValueError, KeyError, TypeError):
        log.exception("membership.unreadable")
    raise Unavailable("Your role in this workspace can't be looked up right now.")
