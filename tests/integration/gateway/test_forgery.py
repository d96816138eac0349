"""No forged token gets in, and none is answered with anything but a plain refusal."""

import time
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from integration.gateway.rig import PRIVATE_KEY, Auth, Echo, Start, served
from support.forgery import Forger

from chassis.identity import Identity, IdentitySigner


@pytest.fixture
async def client(start_gateway: Start, echo: Echo) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway that does not mind how often it is tried."""
    async with served(echo) as catalog:
        yield await start_gateway(catalog_url=catalog, rate_limits="off")


def forger(auth: Auth) -> Forger:
    now = int(time.time())
    claims = {
        "iss": "warehouse-auth",
        "aud": "warehouse",
        "sub": auth.user,
        "sid": auth.session,
        "iat": now,
        "exp": now + 600,
        "jti": str(uuid4()),
    }
    return Forger(auth.key, {"alg": "EdDSA", "kid": auth.kid, "typ": "JWT"}, claims)


async def answer_to(client: httpx.AsyncClient, auth: Auth, token: str) -> httpx.Response:
    bearer = b"Bearer " + token.encode("latin-1")
    return await client.get(auth.path(), headers={b"Authorization": bearer})


async def check(
    client: httpx.AsyncClient, auth: Auth, echo: Echo, forged: list[tuple[str, str]]
) -> None:
    assert (await answer_to(client, auth, forger(auth).token())).status_code == 200
    echo.seen.clear()
    wrong = {}
    for name, token in forged:
        answer = await answer_to(client, auth, token)
        challenge = answer.headers.get("www-authenticate", "")
        if answer.status_code != 401 or not challenge.startswith("Bearer"):
            wrong[name] = (answer.status_code, challenge)
    assert wrong == {}
    assert echo.seen == []
    assert (await answer_to(client, auth, forger(auth).token())).status_code == 200


async def test_forged_tokens_are_refused(client: httpx.AsyncClient, auth: Auth, echo: Echo) -> None:
    await check(client, auth, echo, list(forger(auth).forgeries()))


async def test_every_claim_of_a_token_is_needed(
    client: httpx.AsyncClient, auth: Auth, echo: Echo
) -> None:
    maker = forger(auth)
    lacking = [(f"no {name}", maker.token(claims={name: None})) for name in maker.claims]
    wrong = [(f"{name} {value!r}", maker.token(claims={name: value})) for name, value in (
        ("jti", 7), ("jti", ["x"]), ("sub", ""), ("sid", ""), ("sub", True), ("sid", {}),
    )]  # fmt: skip
    await check(client, auth, echo, lacking + wrong)


async def test_the_name_of_a_key_names_a_key_and_nothing_else(
    client: httpx.AsyncClient, auth: Auth, echo: Echo
) -> None:
    maker = forger(auth)
    kids: list[object] = [
        *("", "../../../dev/null", "/dev/null", "http://127.0.0.1:9/key", "first' OR '1'='1"),
        *("'; DROP TABLE signing_keys; --", "first\x00", "FIRST", "first ", "é", "k" * 2000),
        *(None, 0, 7, True, 1.5, ["first"], {"kid": "first"}, [["first"]]),
    ]
    await check(client, auth, echo, [(repr(kid), maker.token({"kid": kid})) for kid in kids])
    assert auth.key_fetches <= 5


async def test_a_token_of_the_gateways_own_is_none_of_auths(
    client: httpx.AsyncClient, auth: Auth, echo: Echo
) -> None:
    signer = IdentitySigner(PRIVATE_KEY)
    own = signer.sign(Identity(user_id=uuid4(), session_id=uuid4()))
    await check(client, auth, echo, [("the gateway's own", own)])
