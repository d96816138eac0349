"""What a user may do in a workspace: asked from auth, kept for seconds, dropped by events."""

import json
from uuid import UUID

from chassis.identity import MemberRole
from chassis.logging import get_logger
from chassis.problems import NotFound, Unavailable
from gateway.callers import Membership
from gateway.internal_client import InternalClient
from gateway.lookups import Found, Lookups
from gateway.routing import NO_WORKSPACE
from gateway.upstream import Upstream

log = get_logger(__name__)

Key = tuple[str, str]


class Memberships:
    """`lifetime`: seconds that a membership is trusted when no event says that it changed."""

    def __init__(
        self, client: InternalClient, auth: Upstream, *, lifetime: float, remembered: int
    ) -> None:
        self._client = client
        self._auth = auth
        self._lifetime = lifetime
        self._lookups: Lookups[Key, Membership] = Lookups(self._ask, remembered=remembered)
        self._found = self._lookups.found

    def known(self, workspace: str, user: str) -> Membership | None:
        """The membership, if it is known without asking."""
        return self._found.get((workspace, user))

    async def of(self, workspace: str, user: str) -> Membership:
        """The membership; raises `NotFound` for one who is no member, so that nobody learns which
        workspaces there are, and `Unavailable` while auth does not answer."""
        membership = await self._lookups.find((workspace, user))
        if membership is None:
            raise NotFound(NO_WORKSPACE)
        return membership

    def forget(self, workspace: str, user: str) -> None:
        """The membership changed: the next request asks again."""
        self._lookups.forget((workspace, user))

    def forget_workspace(self, workspace: str) -> None:
        self._lookups.forget_where(lambda key: key[0] == workspace)

    def forget_user(self, user: str) -> None:
        self._lookups.forget_where(lambda key: key[1] == user)

    def forget_all(self) -> None:
        self._lookups.forget_all()

    async def _ask(self, key: Key) -> Found[Membership]:
        workspace, user = key
        answer = await self._client.get(self._auth, f"/internal/memberships/{workspace}/{user}")
        return Found(_membership(answer.status, answer.body), self._lifetime)


def _membership(status: int, body: bytes) -> Membership | None:
    if status == 404:
        return None
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
