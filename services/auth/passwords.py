"""Passwords: argon2id off the event loop, as many at once as there are cores.

Parameters follow the OWASP Password Storage Cheat Sheet; a hash made with lower ones is made anew
at the next sign-in.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chassis.problems import Unavailable, invalid

T = TypeVar("T")

MIN_LENGTH, MAX_LENGTH = 10, 200
UNUSABLE = "!"  # the hash of no password: of who signs in elsewhere, or not at all


class TooManyHashes(Unavailable):
    code, title = "sign-in-busy", "Too many are signing in right now"
    advice = "Try again in a few seconds."


class Passwords:
    """Hashes and verifies, in a bounded pool of threads: a flood of sign-ins slows sign-ins. At
    most `queue` are hashed and wait at a time; `TooManyHashes` is raised at once beyond that."""

    def __init__(
        self, *, time_cost: int, memory_kib: int, parallelism: int, queue: int = 100
    ) -> None:
        self._queue, self._taken = queue, 0
        self._hasher = PasswordHasher(
            time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism
        )
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="argon2")
        self._nobodys = self._hasher.hash("the password of nobody")

    async def start(self) -> None:
        """Nothing to start; the threads come as they are needed."""

    async def stop(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        return await self._run(self._hasher.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether `password` is the one; for None (no such user) and for a user without a password
        it takes as long to say no."""
        known = password_hash if password_hash != UNUSABLE else None
        right = await self._run(self._verify, known or self._nobodys, password)
        return right and known is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, call: Callable[..., T], *args: str) -> T:
        if self._taken >= self._queue:
            raise TooManyHashes(headers={"Retry-After": "3"})
        self._taken += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call, *args)
        finally:
            self._taken -= 1


def check_strength(field: str, password: str, *personal: str) -> None:
    """Raise a problem on `field` for a password that is too common or says who one is; length is
    the schema's business."""
    lowered = password.casefold()
    if lowered in _common() or len(set(lowered)) < 4:
        raise invalid(
            field, "Too many people use this one; choose something less common.", "common"
        )
    if lowered in {text.casefold() for text in personal}:
        raise invalid(field, "Choose one that is neither your name nor your e-mail.", "personal")


@cache
def _common() -> frozenset[str]:
    text = (files("services.auth") / "common_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
