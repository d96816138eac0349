"""What auth is asked for one by one: once however many wait for it, and kept for a while."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from gateway.expiring import ExpiringCache

ABSENT_LIFETIME = 1.0  # seconds that "there is none" is kept

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Found(NamedTuple, Generic[V]):
    """An answer (None: there is none such) and the seconds it may be trusted for."""

    value: V | None
    lifetime: float


class Lookups(Generic[K, V]):
    """`ask` finds one value; what it raises is raised to all who wait for it, and not kept."""

    def __init__(self, ask: Callable[[K], Awaitable[Found[V]]], *, remembered: int) -> None:
        self._ask = ask
        self.found: ExpiringCache[K, V] = ExpiringCache(remembered)
        # Apart, so that whoever tries what does not exist drives out nothing that does.
        self._absent: ExpiringCache[K, bool] = ExpiringCache(remembered)
        self._asking: dict[K, asyncio.Task[V | None]] = {}

    async def find(self, key: K) -> V | None:
        """The value, or None when there is none such."""
        value = self.found.get(key)
        if value is not None or self._absent.get(key):
            return value
        asking = self._asking.get(key)
        if asking is None:
            asking = asyncio.create_task(self._find(key))
            self._asking[key] = asking
        return await asyncio.shield(asking)

    def forget(self, key: K) -> None:
        """It changed: the next who needs it asks again."""
        self.found.discard(key)
        self._absent.discard(key)
        # An answer under way may have been given before the change: it serves who waits for it,
        # and is not kept.
        self._asking.pop(key, None)

    def forget_where(self, changed: Callable[[K], bool]) -> None:
        for key in [key for key in (*self.found, *self._absent, *self._asking) if changed(key)]:
            self.forget(key)

    def forget_all(self) -> None:
        self.found.clear()
        self._absent.clear()
        self.forget_asked()

    def forget_asked(self) -> None:
        """Keep no answer that is under way."""
        self._asking.clear()

    async def _find(self, key: K) -> V | None:
        task = asyncio.current_task()
        try:
            found = await self._ask(key)
            if self._asking.get(key) is task:
                if found.value is None:
                    self._absent.put(key, True, min(found.lifetime, ABSENT_LIFETIME))
                else:
                    self.found.put(key, found.value, found.lifetime)
            return found.value
        finally:
            if self._asking.get(key) is task:
                del self._asking[key]
