"""The signing keys in auth's database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis import sealing
from chassis.database import Database
from chassis.problems import Unavailable
from chassis.sealing import Sealer
from services.auth.keys import rotation
from services.auth.keys.rotation import KeyReport, RotationError
from services.auth.keys.service import Keyring
from services.auth.keys.signing import kid_of, public_of

Make = Callable[..., Keyring]


@pytest.fixture
async def databases(environment: dict[str, str]) -> AsyncIterator[list[Database]]:
    """Auth's database as two replicas of it."""
    async with AsyncExitStack() as stack:
        found = []
        for _ in range(2):
            database = Database(environment["AUTH_DATABASE_URL"], name="auth", pool_size=2)
            await database.start()
            stack.push_async_callback(database.stop)
            found.append(database)
        yield found


@pytest.fixture
def sealer(environment: dict[str, str]) -> Sealer:
    return Sealer(environment["AUTH_ENCRYPTION_KEYS"])


@pytest.fixture
async def keys(connect: Callable[[str], Any]) -> Any:  # noqa: ANN401
    """A look into a database without keys."""
    connection = await connect("auth")
    await connection.execute("DELETE FROM signing_keys")
    return connection


async def reported(database: Database) -> dict[str, KeyReport]:
    async with database.system() as session:
        return {each.kid: each for each in await rotation.report(session)}


def kid_in_use(keyring: Keyring) -> str:
    token = keyring.access_token(uuid4(), uuid4())
    return str(jwt.get_unverified_header(token)["kid"])


@pytest.mark.usefixtures("keys")
async def test_replicas_that_start_at_once_begin_with_one_key(
    databases: list[Database], sealer: Sealer
) -> None:
    rings = [Keyring(database, sealer) for database in databases for _ in range(3)]
    await asyncio.gather(*(ring.refresh() for ring in rings))
    [kid] = await reported(databases[0])
    assert {kid_in_use(ring) for ring in rings} == {kid}


@pytest.mark.usefixtures("keys")
async def test_the_keys_of_the_environment_are_taken_over_once(
    databases: list[Database], sealer: Sealer
) -> None:
    """The first signs, all are published, and none is brought back after it was withdrawn."""
    seed = [Ed25519PrivateKey.generate() for _ in range(3)]
    kids = [kid_of(public_of(each)) for each in seed]
    ring = Keyring(databases[0], sealer, seed)
    await ring.refresh()
    assert kid_in_use(ring) == kids[0]
    assert {key["kid"] for key in ring.key_set["keys"]} == set(kids)
    async with databases[0].system() as session:
        await rotation.retire(session, sealer, kids[0], compromised=True)
    again = Keyring(databases[1], sealer, seed)
    await again.refresh()
    assert kid_in_use(again) not in kids
    assert kids[0] not in {key["kid"] for key in again.key_set["keys"]}


async def test_private_keys_are_sealed_and_forgotten_with_their_withdrawal(
    databases: list[Database],
    sealer: Sealer,
    keys: Any,  # noqa: ANN401
) -> None:
    seed = Ed25519PrivateKey.generate()
    await Keyring(databases[0], sealer, [seed]).refresh()
    [row] = await keys.fetch("SELECT * FROM signing_keys")
    assert sealer.open(row["sealed"]) == seed.private_bytes_raw()
    await keys.execute("UPDATE signing_keys SET created_at = now() - interval '91 days'")
    async with databases[0].system() as session:
        await rotation.maintain(session, sealer, [], days=90)
    assert [each.state for each in (await reported(databases[0])).values()] == [
        "signing",
        "waiting",
    ]
    await keys.execute("UPDATE signing_keys SET activates_at = activates_at - interval '20 min'")
    for _ in range(2):  # what was done is not done again
        async with databases[0].system() as session:
            await rotation.maintain(session, sealer, [], days=90)
    rows = await keys.fetch("SELECT * FROM signing_keys ORDER BY activates_at")
    assert [(row["sealed"] is None, row["withdrawn_at"] is None) for row in rows] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.usefixtures("keys")
async def test_a_rotation_is_one_however_many_ask_for_it(
    databases: list[Database], sealer: Sealer
) -> None:
    await Keyring(databases[0], sealer).refresh()

    async def rotate(database: Database) -> KeyReport:
        async with database.system() as session:
            return await rotation.rotate(session, sealer)

    done = await asyncio.gather(*map(rotate, databases), return_exceptions=True)
    [made] = [each for each in done if isinstance(each, KeyReport)]
    [refused] = [each for each in done if isinstance(each, RotationError)]
    assert made.kid in str(refused)
    async with databases[0].system() as session:
        hurried = await rotation.rotate(session, sealer, hurry=True)
    assert hurried.kid == made.kid
    assert made.activates_at - hurried.activates_at > timedelta(minutes=5)


@pytest.mark.usefixtures("keys")
async def test_a_key_that_tokens_need_is_not_retired(
    databases: list[Database], sealer: Sealer
) -> None:
    ring = Keyring(databases[0], sealer)
    await ring.refresh()
    async with databases[0].system() as session:
        waiting = await rotation.rotate(session, sealer)
    for kid, said in ((kid_in_use(ring), "signs"), ("nobody's", "There is no key")):
        with pytest.raises(RotationError, match=said):
            async with databases[0].system() as session:
                await rotation.retire(session, sealer, kid, compromised=False)
    async with databases[0].system() as session:
        [retired] = await rotation.retire(session, sealer, waiting.kid, compromised=False)
    assert retired.state == "withdrawn"
    assert (await reported(databases[0]))[kid_in_use(ring)].served_until is None


async def test_a_key_that_is_gone_already_may_turn_out_to_be_compromised(
    databases: list[Database],
    sealer: Sealer,
    keys: Any,  # noqa: ANN401
) -> None:
    await Keyring(databases[0], sealer).refresh()
    [old] = await reported(databases[0])
    async with databases[0].system() as session:
        new = await rotation.rotate(session, sealer)
    await keys.execute("UPDATE signing_keys SET activates_at = activates_at - interval '20 min'")
    before = (await reported(databases[0]))[old]
    assert before.state == "withdrawn"
    async with databases[0].system() as session:
        [retired] = await rotation.retire(session, sealer, old, compromised=True)
    assert (retired.compromised, retired.served_until) == (True, before.served_until)
    assert (await reported(databases[0]))[new.kid].state == "signing"


@pytest.mark.usefixtures("keys")
async def test_keys_that_cannot_be_opened_verify_on_and_sign_nothing(
    databases: list[Database], sealer: Sealer
) -> None:
    await Keyring(databases[0], sealer).refresh()
    stranger = Keyring(databases[1], Sealer(sealing.new_key()))
    await stranger.refresh()
    assert len(stranger.key_set["keys"]) == 1
    with pytest.raises(Unavailable):
        stranger.access_token(uuid4(), uuid4())


@pytest.mark.usefixtures("keys")
async def test_known_keys_are_published_while_the_database_is_away(
    databases: list[Database], sealer: Sealer
) -> None:
    now = [0.0]
    ring = Keyring(databases[0], sealer, clock=lambda: now[0])
    await ring.refresh()
    await databases[0].stop()
    now[0] = 60.0
    await ring.refresh()
    assert len(ring.key_set["keys"]) == 1
