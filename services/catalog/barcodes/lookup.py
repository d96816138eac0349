"""What is asked of a provider: little, not twice, and nothing while it is away.

Answers are kept for a while by each process. A provider that failed three times in a row is left
alone for half a minute, and whoever asks meanwhile hears at once that it is away.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from services.catalog.barcodes.products import Product
from services.catalog.barcodes.provider import Provider, ProviderAwayError

KEPT, KEPT_UNKNOWN = 3600.0, 300.0  # seconds
MOST_KEPT = 2_000  # codes
AT_ONCE = 4  # exchanges with the provider
IN_A_ROW, REST = 3, 30.0  # failures; seconds


class Source(StrEnum):
    """What became of asking the provider."""

    NOT_ASKED = "not-asked"
    NONE = "none"
    UNAVAILABLE = "unavailable"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Found:
    """What a provider said: a product, or that it knows none."""

    source: Source
    product: Product | None = None


class Lookup:
    """Asks the provider, if there is one; a part of the process, which closes it."""

    def __init__(
        self, provider: Provider | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._provider = provider
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Product | None]] = OrderedDict()
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._failed = 0
        self._rests_until = float("-inf")

    async def ask(self, code: str) -> Found:
        """What the provider knows of a product's code. Never raises for what is its trouble."""
        if self._provider is None:
            return Found(Source.NONE)
        until, product = self._kept.get(code, (float("-inf"), None))
        if self._clock() < until:
            return Found(Source.ANSWERED, product)
        async with self._at_once:
            if self._clock() < self._rests_until:
                return Found(Source.UNAVAILABLE)
            try:
                product = await self._provider.product(code)
            except ProviderAwayError:
                self._failed += 1
                if self._failed >= IN_A_ROW:
                    self._rests_until = self._clock() + REST
                return Found(Source.UNAVAILABLE)
        self._failed = 0
        self._keep(code, product)
        return Found(Source.ANSWERED, product)

    def _keep(self, code: str, product: Product | None) -> None:
        self._kept[code] = (self._clock() + (KEPT if product else KEPT_UNKNOWN), product)
        self._kept.move_to_end(code)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    async def start(self) -> None:
        """Nothing to start: the provider is asked when somebody looks a code up."""

    async def stop(self) -> None:
        if self._provider is not None:
            await self._provider.close()
