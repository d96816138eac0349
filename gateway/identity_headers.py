"""Signed identity tokens, one for each caller and workspace, kept while they are fresh."""

from uuid import UUID

from chassis.identity import LIFETIME, Identity, IdentitySigner
from gateway.callers import Admitted, Caller, Membership
from gateway.expiring import ExpiringCache

# Half of its life is left to a token that is sent for the last time.
KEPT = LIFETIME / 2

# A session or personal access token, and the workspace: strings know their hashes.
Key = tuple[str | None, str | None]


class IdentityHeaders:
    """Values of the identity header. Signing costs some 60 µs, so that a token serves the same
    caller in the same workspace, with the same rights there, for half a minute."""

    def __init__(self, signer: IdentitySigner, *, remembered: int) -> None:
        self._signer = signer
        self._kept: ExpiringCache[Key, Admitted] = ExpiringCache(remembered)

    def of_user(
        self, caller: Caller, workspace: str | None = None, membership: Membership | None = None
    ) -> Admitted:
        """For a caller; workspace and membership together or not at all."""
        key = (caller.session or caller.token, workspace)
        kept = self._kept.get(key)
        # Both come from caches, so that they are nearly always the same objects.
        if (
            kept is not None
            and (kept.membership is membership or kept.membership == membership)
            and (kept.caller is caller or kept.caller == caller)
        ):
            return kept
        token = self._sign(_identity(caller, workspace, membership))
        admitted = Admitted(token, caller, membership)
        self._kept.put(key, admitted, KEPT)
        return admitted

    def anonymous(self) -> bytes:
        """For the gateway's own questions."""
        kept = self._kept.get((None, None))
        if kept is None:
            kept = Admitted(self._sign(Identity()))
            self._kept.put((None, None), kept, KEPT)
        return kept.identity

    def at_address(self, address: str) -> bytes:
        """For public routes, where the client's address is what attempts are counted by."""
        return self._sign(Identity(address=address))

    def _sign(self, identity: Identity) -> bytes:
        return self._signer.sign(identity).encode("ascii")


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
