"""Signed identity tokens, one for each caller and workspace, kept while they are fresh."""

from typing import NamedTuple
from uuid import UUID

from chassis.identity import LIFETIME, Identity, IdentitySigner
from gateway.callers import Caller, Membership
from gateway.expiring import ExpiringCache

# Half of its life is left to a token that is sent for the last time.
KEPT = LIFETIME / 2

# A session or personal access token, and the workspace: strings know their hashes.
Key = tuple[str | None, str | None]


class _Signed(NamedTuple):
    caller: Caller | None
    membership: Membership | None
    token: bytes


class IdentityHeaders:
    """Values of the identity header. Signing costs some 60 µs, so that a token serves the same
    caller in the same workspace, with the same rights there, for half a minute."""

    def __init__(self, signer: IdentitySigner, *, remembered: int) -> None:
        self._signer = signer
        self._kept: ExpiringCache[Key, _Signed] = ExpiringCache(remembered)

    def of_user(
        self, caller: Caller, workspace: str | None = None, membership: Membership | None = None
    ) -> bytes:
        """For a caller; workspace and membership together or not at all."""
        key = (caller.session or caller.token, workspace)
        kept = self._kept.get(key)
        # Both come from caches, so that they are nearly always the same objects.
        if (
            kept is not None
            and (kept.membership is membership or kept.membership == membership)
            and (kept.caller is caller or kept.caller == caller)
        ):
            return kept.token
        return self._sign(key, caller, membership, _identity(caller, workspace, membership))

    def anonymous(self) -> bytes:
        """For the gateway's own questions."""
        kept = self._kept.get((None, None))
        return kept.token if kept else self._sign((None, None), None, None, Identity())

    def at_address(self, address: str) -> bytes:
        """For public routes, where the client's address is what attempts are counted by."""
        return self._signer.sign(Identity(address=address)).encode("ascii")

    def _sign(
        self, key: Key, caller: Caller | None, membership: Membership | None, identity: Identity
    ) -> bytes:
        token = self._signer.sign(identity).encode("ascii")
        self._kept.put(key, _Signed(caller, membership, token), KEPT)
        return token


def _identity(caller: Caller, workspace: str | None, membership: Membership | None) -> Identity:
    return Identity(
        user_id=UUID(caller.user),
        session_id=UUID(caller.session) if caller.session else None,
        token_id=UUID(caller.token) if caller.token else None,
        scopes=caller.scopes,
        workspace_id=UUID(workspace) if workspace else None,
        role=membership.role if membership else None,
        locations=membership.locations if membership else None,
    )
