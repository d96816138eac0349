"""No forged identity gets into a service, and none is answered with anything but a refusal."""

import time
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import APIRouter
from support.forgery import Forger

from chassis.database import Database
from chassis.http import create_app
from chassis.identity import (
    AUDIENCE,
    HEADER,
    ISSUER,
    IdentityVerifier,
    decode_key,
    new_key_pair,
)

router = APIRouter()


@router.get("/things")
async def look() -> str:
    return "seen"


@pytest.fixture
def keys() -> tuple[str, str]:
    return new_key_pair()


@pytest.fixture
def forger(keys: tuple[str, str]) -> Forger:
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(uuid4()),
        "sid": str(uuid4()),
        "role": "owner",
        "wsp": str(uuid4()),
        "iat": now,
        "exp": now + 60,
    }
    key = Ed25519PrivateKey.from_private_bytes(decode_key(keys[0]))
    return Forger(key, {"alg": "EdDSA", "typ": "JWT"}, claims)


async def test_forged_identities_are_refused(keys: tuple[str, str], forger: Forger) -> None:
    app = create_app(
        "test",
        description="",
        routers=[router],
        database=Database("postgresql://nobody@127.0.0.1:9/nothing", name="test"),
        verifier=IdentityVerifier(keys[1]),
        checks={},
        notes={},
        constraints={},
        state={},
    )
    odd = [
        *({"role": value} for value in ("emperor", "", 7, ["owner"], {})),
        *({"wsp": value} for value in ("no-uuid", 7, [])),
        *({"tid": value} for value in ("no-uuid", 7)),
        *({"scp": value} for value in ("read", ["everything"], 7, [7], [["read"]])),
        *({"loc": value} for value in ("everywhere", ["no-uuid"], 7, [7])),
        *({"apr": value} for value in ("no-uuid", 7)),
        *({name: None} for name in ("iss", "aud", "iat", "exp")),
    ]
    forged = [*forger.forgeries(), *((str(each), forger.token(claims=each)) for each in odd)]
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:

        async def answer_to(token: str) -> httpx.Response:
            return await client.get("/things", headers={HEADER.encode(): token.encode("latin-1")})

        assert (await answer_to(forger.token())).status_code == 200
        wrong = {}
        for name, token in forged:
            answer = await answer_to(token)
            challenge = answer.headers.get("www-authenticate", "")
            if answer.status_code != 401 or challenge != "Bearer":
                wrong[name] = (answer.status_code, challenge)
        assert wrong == {}
        assert (await answer_to(forger.token())).status_code == 200
