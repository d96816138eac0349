"""The public API as an archive needs it: files, too, and many calls at once."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import IO, TypeVar

import httpx

from warehouse.errors import OperatorError
from warehouse.importing.client import Answer, Client, RefusedError

PART = 256 * 1024  # bytes of a file in one step
_TRIES = 7
_TRY_AGAIN = {408, 429, 502, 503, 504}

T = TypeVar("T")


class FileClient(Client):
    """A caller that sends and gets files as well, part by part."""

    async def fetch_file(self, path: str, into: IO[bytes]) -> None:
        """Write the body of a 200 into a file; raises `RefusedError` for a problem."""

        async def fetch() -> httpx.Response:
            into.seek(0)
            into.truncate()
            async with self._http.stream("GET", path, headers=self._signed()) as response:
                if not response.is_success:
                    await response.aread()
                    return response
                async for part in response.aiter_bytes():
                    into.write(part)
            return response

        await self._persist(fetch)

    async def send_file(
        self, path: str, open_file: Callable[[], IO[bytes]], query: Mapping[str, str], key: str
    ) -> Answer:
        """POST a file as the body; `open_file` opens it for each try."""

        async def send() -> httpx.Response:
            headers = {
                **self._signed(),
                "content-type": "application/octet-stream",
                "idempotency-key": key,
            }
            with open_file() as file:
                return await self._http.post(
                    path, content=_parts(file), headers=headers, params=query
                )

        response = await self._persist(send)
        return Answer(response.status_code, response.json(), response.headers)

    async def _persist(self, act: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        """The successful answer of an act that may be done again."""
        if not self._access:
            await self._renew("")
        for attempt in range(_TRIES):
            used = self._access
            try:
                response = await act()
            except httpx.TransportError:
                pass
            else:
                if response.is_success:
                    return response
                if response.status_code == 401 and attempt == 0:
                    await self._renew(used)
                    continue
                if response.status_code not in _TRY_AGAIN:
                    raise _refused(response)
            await asyncio.sleep(2**attempt / 10 * random.uniform(0.5, 1))  # noqa: S311 - jitter
        raise OperatorError(f"{self.url} neither takes nor gives files now; try again later.")

    def _signed(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._access}"}


async def at_once(jobs: int, source: Iterable[T], work: Callable[[T], Awaitable[None]]) -> None:
    """Work on everything of a source, `jobs` at a time; the source is drawn from as it goes."""
    left = iter(source)

    async def worker() -> None:
        for one in left:
            await work(one)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(jobs):
                group.create_task(worker())
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


def _refused(response: httpx.Response) -> RefusedError:
    try:
        document = response.json()
    except ValueError:
        document = {}
    return RefusedError(response.status_code, document)


async def _parts(file: IO[bytes]) -> AsyncIterator[bytes]:
    while part := file.read(PART):
        yield part
