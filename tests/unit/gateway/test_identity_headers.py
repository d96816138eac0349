"""The signed identity."""

from uuid import UUID, uuid4

from chassis.identity import IdentitySigner, IdentityVerifier, MemberRole, new_key_pair
from gateway.identity_headers import IdentityHeaders


def test_it_says_who_asks_and_is_signed_once_for_each_caller_workspace_and_role() -> None:
    private, public = new_key_pair()
    headers = IdentityHeaders(IdentitySigner(private), remembered=10)
    user, session, workspace = str(uuid4()), str(uuid4()), str(uuid4())
    token = headers.of_user(user, session, workspace, MemberRole.ADMIN)
    identity = IdentityVerifier(public).verify(token.decode())
    assert identity.user_id == UUID(user)
    assert identity.workspace_id == UUID(workspace)
    assert identity.role is MemberRole.ADMIN
    assert headers.of_user(user, session, workspace, MemberRole.ADMIN) is token
    for other in (
        headers.of_user(user, session, workspace, MemberRole.VIEWER),
        headers.of_user(user, session),
        headers.of_user(user, str(uuid4()), workspace, MemberRole.ADMIN),
        headers.anonymous(),
    ):
        assert other != token


def test_public_routes_carry_the_address_and_nobody() -> None:
    private, public = new_key_pair()
    token = IdentityHeaders(IdentitySigner(private), remembered=10).at_address("192.0.2.1")
    identity = IdentityVerifier(public).verify(token.decode())
    assert (identity.address, identity.user_id) == ("192.0.2.1", None)
