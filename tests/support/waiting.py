"""Waiting for what will be true: a condition and a deadline, never a guess."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
DEADLINE = 40.0  # seconds; far above what anything takes, because machines that test are busy


async def eventually(check: Callable[[], Awaitable[T] | T], *, deadline: float = DEADLINE) -> T:
    """The first truthy result of `check`; its AssertionErrors count as "not yet". Fails after
    `deadline` seconds with what was seen last."""
    until = time.monotonic() + deadline
    while True:
        error: AssertionError | None = None
        result: T | None = None
        try:
            found = check()
            result = await found if inspect.isawaitable(found) else found
            if result:
                return result
        except AssertionError as not_yet:
            error = not_yet
        if time.monotonic() > until:
            if error is not None:
                raise error
            raise AssertionError(f"not within {deadline} s; last seen: {result!r}")
        await asyncio.sleep(0.02)
