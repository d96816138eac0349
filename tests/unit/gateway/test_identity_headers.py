"""The signed identity."""

from uuid import UUID, uuid4

from chassis.identity import (
    AccessScope,
    Identity,
    IdentitySigner,
    IdentityVerifier,
    MemberRole,
    new_key_pair,
)
from gateway.callers import Caller, Membership
from gateway.identity_headers import IdentityHeaders

USER, SESSION, TOKEN, WORKSPACE = (str(uuid4()) for _ in range(4))


def test_it_says_who_asks_and_is_signed_once_for_each_caller_workspace_and_membership() -> None:
    private, public = new_key_pair()
    headers = IdentityHeaders(IdentitySigner(private), remembered=10)
    caller, admin = Caller(USER, SESSION), Membership(MemberRole.ADMIN)
    admitted = headers.of_user(caller, WORKSPACE, admin)
    assert IdentityVerifier(public).verify(admitted.identity.decode()) == Identity(
        user_id=UUID(USER),
        session_id=UUID(SESSION),
        workspace_id=UUID(WORKSPACE),
        role=MemberRole.ADMIN,
    )
    same = headers.of_user(Caller(USER, SESSION), WORKSPACE, Membership(MemberRole.ADMIN))
    assert same is admitted
    others = [
        headers.of_user(caller, WORKSPACE, Membership(MemberRole.VIEWER)).identity,
        headers.of_user(caller, WORKSPACE, Membership(MemberRole.ADMIN, frozenset())).identity,
        headers.of_user(caller).identity,
        headers.of_user(Caller(USER, str(uuid4())), WORKSPACE, admin).identity,
        headers.anonymous(),
    ]
    assert len({admitted.identity, *others}) == 1 + len(others)


def test_it_carries_the_bounds_of_an_access_token_and_of_a_membership() -> None:
    private, public = new_key_pair()
    headers = IdentityHeaders(IdentitySigner(private), remembered=10)
    room = uuid4()
    caller = Caller(USER, token=TOKEN, scopes=frozenset({AccessScope.READ}))
    member = Membership(MemberRole.MEMBER, frozenset({room}))
    admitted = headers.of_user(caller, WORKSPACE, member)
    assert IdentityVerifier(public).verify(admitted.identity.decode()) == Identity(
        user_id=UUID(USER),
        workspace_id=UUID(WORKSPACE),
        role=MemberRole.MEMBER,
        token_id=UUID(TOKEN),
        scopes=frozenset({AccessScope.READ}),
        locations=frozenset({room}),
    )
    wider = caller._replace(scopes=frozenset(AccessScope))
    assert headers.of_user(wider, WORKSPACE, member).identity != admitted.identity


def test_public_routes_carry_the_address_and_nobody() -> None:
    private, public = new_key_pair()
    token = IdentityHeaders(IdentitySigner(private), remembered=10).at_address("192.0.2.1")
    identity = IdentityVerifier(public).verify(token.decode())
    assert (identity.address, identity.user_id) == ("192.0.2.1", None)
