"""What the internal identity token promises."""

import time
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis import identity
from chassis.identity import Identity, IdentitySigner, IdentityVerifier, MemberRole, decode_key
from chassis.problems import Unauthenticated


@pytest.fixture
def keys() -> tuple[str, str]:
    return identity.new_key_pair()


def test_what_was_signed_is_what_is_verified(keys: tuple[str, str]) -> None:
    """Every part of an identity survives the way through a token."""
    who = Identity(uuid4(), uuid4(), uuid4(), MemberRole.ADMIN, "192.0.2.1")
    assert IdentityVerifier(keys[1]).verify(IdentitySigner(keys[0]).sign(who)) == who


@pytest.mark.parametrize("token", [None, "", "x", "a.b.c", "é"])
def test_garbage_is_nobody(keys: tuple[str, str], token: str | None) -> None:
    """No token, or no token of any kind, is refused and no error."""
    with pytest.raises(Unauthenticated):
        IdentityVerifier(keys[1]).verify(token)


def test_another_key_is_refused(keys: tuple[str, str]) -> None:
    """A token that somebody else signed is refused."""
    other = IdentitySigner(identity.new_key_pair()[0])
    with pytest.raises(Unauthenticated):
        IdentityVerifier(keys[1]).verify(other.sign(Identity()))


@pytest.mark.parametrize(
    "change",
    [
        {"exp": int(time.time()) - 60},
        {"aud": "others"},
        {"iss": "others"},
        {"role": "emperor"},
        {"sub": "no uuid"},
    ],
)
def test_claims_that_are_not_ours_are_refused(
    keys: tuple[str, str], change: dict[str, object]
) -> None:
    """Expired, for others, from others, or with values we never write: refused."""
    claims: dict[str, object] = {
        "iss": identity.ISSUER,
        "aud": identity.AUDIENCE,
        "iat": int(time.time()),
        "exp": int(time.time()) + 60,
    }
    key = Ed25519PrivateKey.from_private_bytes(decode_key(keys[0]))
    token = jwt.encode(claims | change, key, algorithm="EdDSA")
    with pytest.raises(Unauthenticated):
        IdentityVerifier(keys[1]).verify(token)


@pytest.mark.parametrize(
    ("off", "accepted"), [(-85, True), (-95, False), (25, True), (3600, False)]
)
def test_clocks_may_differ_by_half_a_minute(
    keys: tuple[str, str], off: int, accepted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signer whose clock is `off` seconds from ours; its tokens live for a minute."""
    signer, now = IdentitySigner(keys[0]), time.time()
    with monkeypatch.context() as clock:
        clock.setattr(time, "time", lambda: now + off)
        token = signer.sign(Identity())
    if accepted:
        assert IdentityVerifier(keys[1]).verify(token) == Identity()
    else:
        with pytest.raises(Unauthenticated):
            IdentityVerifier(keys[1]).verify(token)


def test_an_unsigned_token_is_refused(keys: tuple[str, str]) -> None:
    """`alg: none` opens nothing."""
    claims = {"iss": identity.ISSUER, "aud": identity.AUDIENCE, "iat": 0, "exp": 2**33}
    with pytest.raises(Unauthenticated):
        IdentityVerifier(keys[1]).verify(jwt.encode(claims, "", algorithm="none"))


def test_the_memory_of_verified_tokens_is_bounded(keys: tuple[str, str]) -> None:
    """However many tokens come, only the newest are remembered."""
    signer, verifier = IdentitySigner(keys[0]), IdentityVerifier(keys[1], remembered=3)
    for _ in range(10):
        verifier.verify(signer.sign(Identity(user_id=uuid4())))
    assert len(verifier._seen) == 3


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (MemberRole.VIEWER, {"viewer"}),
        (MemberRole.MEMBER, {"viewer", "member"}),
        (MemberRole.ADMIN, {"viewer", "member", "admin"}),
        (MemberRole.OWNER, {"viewer", "member", "admin", "owner"}),
    ],
)
def test_each_role_may_what_those_before_it_may(role: MemberRole, allowed: set[str]) -> None:
    assert {needed.value for needed in MemberRole if role.allows(needed)} == allowed
