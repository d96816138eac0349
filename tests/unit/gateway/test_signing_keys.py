"""When auth's keys are fetched."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from chassis.problems import Unavailable
from gateway.signing_keys import EXTRA, PAUSE, SigningKeys


@dataclass
class Answer:
    status: int
    body: bytes


@dataclass
class Auth:
    """Answers with its key set while it is up; counts what it was asked."""

    up: bool = True
    asked: int = 0
    kids: list[str] = field(default_factory=lambda: ["one"])

    async def get(self, _upstream: Any, _path: str) -> Answer:  # noqa: ANN401
        self.asked += 1
        if not self.up:
            raise Unavailable("away")
        public = Ed25519PrivateKey.generate().public_key()
        key = OKPAlgorithm.to_jwk(public, as_dict=True)
        keys = [{**key, "kid": kid, "alg": "EdDSA", "use": "sig"} for kid in self.kids]
        return Answer(200, json.dumps({"keys": keys}).encode())


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def made(auth: Auth, clock: Clock) -> SigningKeys:
    return SigningKeys(auth, None, clock)  # type: ignore[arg-type]


async def test_requests_without_a_pause_do_not_keep_the_keys_away() -> None:
    """However often it is asked for while auth is away, auth is asked again every half second, and
    once it is back the keys are there."""
    auth, clock = Auth(up=False), Clock()
    keys = made(auth, clock)
    for _ in range(20):
        with pytest.raises(Unavailable):
            await keys.get("one")
        clock.now += 0.1
    assert 3 <= auth.asked <= 5
    auth.up = True
    clock.now += 0.5
    assert await keys.get("one") is not None


async def test_known_keys_serve_while_auth_is_away() -> None:
    auth, clock = Auth(), Clock()
    keys = made(auth, clock)
    key = await keys.get("one")
    auth.up = False
    await keys.refresh()
    assert await keys.get("one") is key


async def test_an_unknown_key_is_asked_for_at_once_and_again_after_a_pause() -> None:
    auth, clock = Auth(), Clock()
    keys = made(auth, clock)
    assert await keys.get("one") is not None
    auth.kids.append("two")
    assert await keys.get("two") is not None
    for _ in range(10):
        assert await keys.get("three") is None
    assert auth.asked == 3
    auth.kids.append("three")
    clock.now += PAUSE
    assert await keys.get("three") is not None


async def test_made_up_keys_do_not_make_a_request_each() -> None:
    auth, clock = Auth(), Clock()
    keys = made(auth, clock)
    assert await keys.get("one") is not None
    for number in range(50):
        assert await keys.get(f"made-up-{number}") is None
    assert auth.asked == 1 + EXTRA
    auth.kids.append("two")
    await keys.refresh()
    assert await keys.get("two") is not None


async def test_those_who_ask_at_once_share_a_request() -> None:
    auth, clock = Auth(), Clock()
    keys = made(auth, clock)
    found = await asyncio.gather(*(keys.get("one") for _ in range(20)))
    assert None not in found
    assert auth.asked == 1


async def test_whoever_is_told_hears_of_a_withdrawn_key_and_of_no_new_one() -> None:
    auth, clock = Auth(kids=["one", "two"]), Clock()
    keys = made(auth, clock)
    withdrawals: list[bool] = []
    keys.on_withdrawal.append(lambda: withdrawals.append(True))
    await keys.get("one")
    auth.kids.append("three")
    await keys.refresh()
    assert withdrawals == []
    auth.kids.remove("one")
    await keys.refresh()
    assert withdrawals == [True]
    assert await keys.get("one") is None
