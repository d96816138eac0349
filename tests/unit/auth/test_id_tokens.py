"""Which ID tokens are believed: none but the provider's, for us, for this sign-in, and in time."""

import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from services.auth.oidc.id_tokens import (
    Claims,
    InvalidIdTokenError,
    Jwk,
    UnknownKeyError,
    hashed,
    read,
    verify,
)

RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
KEYS: list[Jwk] = [
    json.loads(RSAAlgorithm.to_jwk(RSA.public_key())) | {"kid": "rsa", "use": "sig"},
    json.loads(ECAlgorithm.to_jwk(EC.public_key())) | {"kid": "ec", "alg": "ES256"},
]
ISSUER, CLIENT, NONCE = "https://id.example", "warehouse", "n-0S6_WzA2Mj"


def claims(**change: object) -> dict[str, Any]:
    now = int(time.time())
    whole = {
        "iss": ISSUER,
        "sub": "ada",
        "aud": CLIENT,
        "nonce": NONCE,
        "iat": now,
        "exp": now + 60,
    }
    return {name: value for name, value in (whole | change).items() if value is not None}


def signed(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = RSA,
    algorithm: str = "RS256",
    kid: str | None = "rsa",
    **change: object,
) -> str:
    headers = {"kid": kid} if kid else None
    return jwt.encode(claims(**change), key, algorithm=algorithm, headers=headers)


def verified(token: str, keys: list[Jwk] = KEYS) -> dict[str, Any]:
    return verify(token, keys, issuer=ISSUER, client_id=CLIENT, nonce_hash=hashed(NONCE))


def test_the_providers_own_is_believed() -> None:
    for token in (
        signed(),
        signed(algorithm="PS256"),
        signed(EC, "ES256", "ec"),
        signed(aud=[CLIENT]),
        signed(aud=[CLIENT, "other"], azp=CLIENT),
        signed(exp=int(time.time()) - 30),
    ):
        assert verified(token)["sub"] == "ada"


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"iss": ISSUER + "/"},
        {"aud": "another-client"},
        {"aud": ["another-client", "third"]},
        {"aud": [CLIENT, "other"]},
        {"aud": [CLIENT, "other"], "azp": "other"},
        {"azp": "other"},
        {"nonce": "another sign-in's"},
        {"nonce": None},
        {"nonce": 7},
        {"sub": ""},
        {"sub": "x" * 256},
        {"sub": "nul\0"},
        *({name: None} for name in ("iss", "sub", "aud", "exp", "iat")),
    ],
)
def test_one_with_other_claims_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidIdTokenError):
        verified(signed(**change))


def test_one_from_another_time_is_refused() -> None:
    """By more than the minute that clocks may differ by."""
    for change in ({"exp": int(time.time()) - 90}, {"iat": int(time.time()) + 90}):
        with pytest.raises(InvalidIdTokenError):
            verified(signed(**change))


def test_one_that_nobody_signed_is_refused() -> None:
    """`alg: none`, with and without a signature behind it."""
    unsigned = jwt.encode(claims(), None, algorithm="none", headers={"kid": "rsa"})
    for token in (unsigned, unsigned + "c2ln", unsigned.replace(".", "", 1), "", "a.b.c"):
        with pytest.raises(InvalidIdTokenError):
            verified(token)


def test_a_public_key_is_no_secret_to_sign_with() -> None:
    """The classic confusion: HMAC with the RSA key's public half, and a shared key in the set."""
    shared = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "kid": "oct"}
    pem = RSA.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    forged = jwt.PyJWS()
    forged._algorithms["HS256"].prepare_key = lambda key: key  # type: ignore[method-assign] # it refuses PEM
    token = forged.encode(json.dumps(claims()).encode(), pem, "HS256", {"kid": "rsa"})
    with pytest.raises(InvalidIdTokenError, match="algorithm"):
        verified(token)
    token = jwt.encode(claims(), "secret-secret-secret-secret-secret", "HS256", {"kid": "oct"})
    with pytest.raises(InvalidIdTokenError, match="algorithm"):
        verified(token, [*KEYS, shared])


def test_a_key_is_used_for_what_it_is_for() -> None:
    """Another's key, a key under another's name, one for encryption, another algorithm: refused."""
    other = rsa.generate_private_key(65537, 2048)
    with pytest.raises(InvalidIdTokenError):
        verified(signed(other))
    with pytest.raises(UnknownKeyError):
        verified(signed(other, kid="new"))
    with pytest.raises(InvalidIdTokenError):
        verified(signed(kid="ec"))
    with pytest.raises(UnknownKeyError):
        verified(signed(), [KEYS[0] | {"use": "enc"}])
    with pytest.raises(UnknownKeyError):
        verified(signed(algorithm="RS512"), [KEYS[0] | {"alg": "RS256"}])


def test_without_a_key_id_the_only_key_is_meant() -> None:
    assert verified(signed(kid=None), KEYS[:1])["sub"] == "ada"
    with pytest.raises(UnknownKeyError):
        verified(signed(kid=None), [*KEYS[:1], KEYS[0] | {"kid": "second"}])


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"email": "a@b.example", "email_verified": True}, Claims("ada", "a@b.example", None)),
        ({"email": "a@b.example", "email_verified": "true"}, Claims("ada", "a@b.example", None)),
        ({"email": "a@b.example", "email_verified": False}, Claims("ada", None, None)),
        ({"email": "a@b.example", "email_verified": 1.5}, Claims("ada", None, None)),
        ({"email": "a@b.example"}, Claims("ada", None, None)),
        ({"email": 7, "email_verified": True, "name": 7}, Claims("ada", None, None)),
        ({"name": " ", "given_name": "Ada", "family_name": "L."}, Claims("ada", None, "Ada L.")),
    ],
)
def test_an_email_counts_where_the_provider_vouches_for_it(
    told: dict[str, object], expected: Claims
) -> None:
    assert read({"sub": "ada"} | told) == expected
