"""What hashing passwords promises under load."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.auth.passwords import Passwords, TooManyHashes


@pytest.fixture
async def passwords() -> AsyncIterator[Passwords]:
    passwords = Passwords(time_cost=1, memory_kib=8, parallelism=1, queue=3)
    yield passwords
    await passwords.stop()


async def test_beyond_the_queue_one_is_told_to_come_back(passwords: Passwords) -> None:
    """Of ten at once, three are hashed and the others refused at once, with when to come back;
    then there is room again."""
    outcomes = await asyncio.gather(
        *(passwords.hash("some password") for _ in range(10)), return_exceptions=True
    )
    refused = [one for one in outcomes if isinstance(one, TooManyHashes)]
    assert len(refused) == 7
    assert all(one.status == 503 and one.headers["Retry-After"] == "3" for one in refused)
    assert await passwords.verify(await passwords.hash("some password"), "some password")


async def test_a_caller_who_leaves_makes_room(passwords: Passwords) -> None:
    """Those who wait no more are not counted."""
    waiting = [asyncio.create_task(passwords.hash("some password")) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyHashes):
        await passwords.hash("some password")
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert await passwords.hash("some password")


async def test_a_hash_of_nobodys_is_never_right(passwords: Passwords) -> None:
    """Without an account no password is right, not even that of the hash it is held against."""
    assert not await passwords.verify(None, "the password of nobody")
    assert not await passwords.verify("!", "!")


async def test_the_loop_goes_on_while_a_password_is_hashed() -> None:
    """Hashing is done in a thread: what else there is to do is done meanwhile."""
    passwords = Passwords(time_cost=2, memory_kib=8192, parallelism=1)
    hashing = asyncio.create_task(passwords.hash("some password"))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    await passwords.stop()
    assert turns > 10
