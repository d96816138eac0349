"""Who a request comes from, and what they may do in the workspace it goes to."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from chassis.identity import AccessScope, MemberRole


class Caller(NamedTuple):
    """The user that good credentials speak for; ids in canonical form.

    Who signed in has a `session`; who came with a personal access token has its `token`, the
    `scopes` it was given, and its `workspace` when it is good for that one alone.
    """

    user: str
    session: str | None = None
    token: str | None = None
    scopes: frozenset[AccessScope] | None = None
    workspace: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """The role of a member; `locations` are the roots of the subtrees that they are restricted to,
    None without a restriction; `approval`: their changes wait for somebody's approval."""

    role: MemberRole
    locations: frozenset[UUID] | None = None
    approval: bool = False


class Admitted(NamedTuple):
    """Who may come in: the signed `identity` that their request is sent on with. On public routes
    there is no `caller`, `membership` on workspace routes alone."""

    identity: bytes
    caller: Caller | None = None
    membership: Membership | None = None
