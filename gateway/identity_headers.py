"""Signed identity tokens, one for each caller and workspace, kept while they are fresh."""

from uuid import UUID

from chassis.identity import LIFETIME, Identity, IdentitySigner, MemberRole
from gateway.expiring import ExpiringCache

# Half of its life is left to a token that is sent for the last time.
KEPT = LIFETIME / 2

Key = tuple[str, str, str | None, MemberRole | None]


class IdentityHeaders:
    """Values of the identity header. Signing costs some 60 µs, so that a token serves the same
    caller in the same workspace and role for half a minute."""

    def __init__(self, signer: IdentitySigner, *, remembered: int) -> None:
        self._signer = signer
        self._kept: ExpiringCache[Key, bytes] = ExpiringCache(remembered)

    def of_user(
        self, user: str, session: str, workspace: str | None = None, role: MemberRole | None = None
    ) -> bytes:
        """For a signed-in caller; workspace and role together or not at all."""
        key = (user, session, workspace, role)
        return self._kept.get(key) or self._sign(
            key,
            Identity(
                user_id=UUID(user),
                session_id=UUID(session),
                workspace_id=UUID(workspace) if workspace else None,
                role=role,
            ),
        )

    def anonymous(self) -> bytes:
        """For the gateway's own questions."""
        key = ("", "", None, None)
        return self._kept.get(key) or self._sign(key, Identity())

    def at_address(self, address: str) -> bytes:
        """For public routes, where the client's address is what attempts are counted by."""
        return self._signer.sign(Identity(address=address)).encode("ascii")

    def _sign(self, key: Key, identity: Identity) -> bytes:
        token = self._signer.sign(identity).encode("ascii")
        self._kept.put(key, token, KEPT)
        return token
