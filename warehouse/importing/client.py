"""A signed-in caller of the public API that does not give up at the first hiccup."""

import asyncio
import contextlib
import json
import random
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

from warehouse.errors import OperatorError

PART = 256 * 1024  # bytes of a file in one step
PAGE = 200  # rows of a list at once, the API's most
PATIENCE = 60.0  # seconds that a platform which does not answer any more is asked again
FIRST_PATIENCE = 5.0  # and one that never did
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds between tries; doubles, with some jitter
TIMEOUT = 40.0  # seconds for one answer
_TRY_AGAIN = {408, 429, 502, 503, 504}

Json = Any


@dataclass(frozen=True)
class Password:
    """Credentials of a person; a session is kept alive with them."""

    email: str
    password: str


@dataclass(frozen=True)
class Token:
    """An access token that somebody else got; it ends when it ends."""

    token: str


@dataclass(frozen=True)
class Answer:
    """A successful answer."""

    status: int
    body: Json
    headers: Mapping[str, str]


class RefusedError(OperatorError):
    """A problem document (RFC 9457): the request was understood and refused. `errors`: field,
    message and code of each."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(document.get("code", ""))
        self.document = document
        self.errors: Sequence[tuple[str, str, str]] = [
            (each.get("field", ""), each.get("message", ""), each.get("code", ""))
            for each in document.get("errors", [])
        ]
        title, detail = document.get("title"), document.get("detail")
        self.detail = str(detail or title or f"HTTP {status}")
        self.title = str(title or self.detail)
        super().__init__(f"{status} {self.code}: {self.detail}")


class Client:
    """Calls of the API, as many at once as `connections`.

    A platform that is overloaded, restarts or can't be reached any more is asked again for
    `PATIENCE` seconds, then `OperatorError` says so. Every POST carries an `Idempotency-Key`, so
    a repetition has no second effect. An access token that has ended is renewed.
    """

    def __init__(
        self, url: str, credentials: Password | Token | None = None, *, connections: int = 12
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise OperatorError(f"{url!r} is no address of a platform; http://host:port is one.")
        self.url = url.rstrip("/")
        self._credentials = credentials
        self._http = httpx.AsyncClient(
            base_url=self.url,
            timeout=TIMEOUT,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        )
        self._access = credentials.token if isinstance(credentials, Token) else ""
        self._refresh = ""
        self._renewing = asyncio.Lock()
        self._answered = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def get(self, path: str, **query: str | int) -> Json:
        """The body of a 200; raises `RefusedError` for a problem."""
        return (await self.call("GET", path, query=query)).body

    async def post(self, path: str, body: Json, *, key: str | None = None) -> Answer:
        """POST with `key` as its Idempotency-Key, a fresh one by default."""
        return await self.call("POST", path, body, {"idempotency-key": key or secrets.token_hex()})

    async def upload(self, path: str, file: Path, query: Mapping[str, str | int]) -> Answer:
        """POST a file as the body, as often as it takes and with one effect."""
        headers = {
            "idempotency-key": secrets.token_hex(),
            "content-type": "application/octet-stream",
        }
        return await self.call("POST", path, None, headers, query, file=file)

    async def events(self, path: str, *, after: str = "") -> AsyncIterator[tuple[str, Json]]:
        """The id and the data of each server-sent event of a stream, up to its end or to where the
        connection was lost; those behind the id `after`, if the stream is one that goes on."""
        try:
            async with self._stream(path, {"last-event-id": after} if after else {}) as response:
                async for event in _events(response):
                    yield event
        except httpx.TransportError:
            return  # whoever listens asks for the rest

    async def download(self, path: str) -> AsyncIterator[bytes]:
        """The body of a 200, part by part; raises `RefusedError` for a problem."""
        try:
            async with self._stream(path, {}) as response:
                if not response.is_success:
                    await response.aread()
                    _answer(response, self.url)
                async for part in response.aiter_bytes():
                    yield part
        except httpx.TransportError as error:
            raise OperatorError(
                f"{self.url} broke off: {str(error) or type(error).__name__}"
            ) from error

    @contextlib.asynccontextmanager
    async def _stream(self, path: str, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        if not self._access and self._credentials:
            await self._renew("")
        for is_last in (False, True):
            used = self._access
            sent = {**headers, "authorization": f"Bearer {used}"}
            async with self._http.stream("GET", path, headers=sent) as response:
                if response.status_code != 401 or is_last or not self._credentials:
                    yield response
                    return
            await self._renew(used)

    async def pages(self, path: str, **query: str | int) -> AsyncIterator[dict[str, Any]]:
        """Every record of a list."""
        cursor: dict[str, str | int] = {}
        while True:
            page = await self.get(path, limit=PAGE, **query, **cursor)
            for record in page["items"]:
                yield record
            if not page["next_cursor"]:
                return
            cursor = {"cursor": page["next_cursor"]}

    async def call(
        self,
        method: str,
        path: str,
        body: Json = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str | int] | None = None,
        *,
        file: Path | None = None,
    ) -> Answer:
        """One call as the signed-in caller; raises `RefusedError` for a problem."""
        if not self._access and self._credentials:
            await self._renew("")
        used = self._access
        try:
            return await self._send(method, path, body, headers, query, file=file)
        except RefusedError as refused:
            if refused.status != 401 or not self._credentials:
                raise
        await self._renew(used)
        return await self._send(method, path, body, headers, query, file=file)

    async def _renew(self, used: str) -> None:
        """Get another access token, unless somebody did since `used` was."""
        async with self._renewing:
            if self._access != used:
                return
            if not isinstance(self._credentials, Password):
                raise OperatorError("The token is not accepted: it has ended, or is another's.")
            if self._refresh:
                try:
                    tokens = await self._sign_in("refresh", {"refresh_token": self._refresh})
                except RefusedError:
                    tokens = await self._log_in(self._credentials)
            else:
                tokens = await self._log_in(self._credentials)
            self._access, self._refresh = tokens["access_token"], tokens["refresh_token"]

    async def _log_in(self, who: Password) -> Json:
        try:
            return await self._sign_in("login", {"email": who.email, "password": who.password})
        except RefusedError as refused:
            # The detail goes on from the title: alone it may speak of what nobody has named.
            said = dict.fromkeys((refused.title, refused.detail))
            raise OperatorError(f"Signing in as {who.email} failed: {'. '.join(said)}") from refused

    async def _sign_in(self, verb: str, body: Json) -> Json:
        return (await self._send("POST", f"/v1/auth/{verb}", body, signed=False)).body

    async def _send(
        self,
        method: str,
        path: str,
        body: Json = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str | int] | None = None,
        *,
        file: Path | None = None,
        signed: bool = True,
    ) -> Answer:
        """Send until something other than "not now" comes back."""
        until = time.monotonic() + (PATIENCE if self._answered else FIRST_PATIENCE)
        pause = FIRST_PAUSE
        sent = dict(headers or {})
        if signed and self._access:
            sent["authorization"] = f"Bearer {self._access}"
        while True:
            wait = 0.0
            try:
                answer = await self._http.request(
                    method,
                    path,
                    json=body,
                    content=_parts(file) if file else None,
                    headers=sent,
                    params=query or None,
                )
            except httpx.InvalidURL as error:
                raise OperatorError(f"{self.url!r} is no address of a platform.") from error
            except httpx.TransportError as error:
                said = str(error) or type(error).__name__
            else:
                if answer.status_code not in _TRY_AGAIN:
                    self._answered = True
                    return _answer(answer, self.url)
                said = f"HTTP {answer.status_code}"
                wait = _seconds(answer.headers.get("retry-after", ""))
            if time.monotonic() > until:
                raise OperatorError(f"{self.url} does not answer: {said}")
            await asyncio.sleep(max(wait, pause * random.uniform(0.5, 1)))  # noqa: S311 - jitter
            pause = min(pause * 2, LONGEST_PAUSE)


def _answer(response: httpx.Response, url: str) -> Answer:
    body: Json = None
    if response.content:
        try:
            body = response.json()
        except ValueError as error:
            raise OperatorError(f"{url} is no Warehouse: it does not answer in JSON.") from error
    if response.is_success:
        return Answer(response.status_code, body, response.headers)
    raise RefusedError(response.status_code, body if isinstance(body, dict) else {})


def _seconds(retry_after: str) -> float:
    """Retry-After in seconds (RFC 9110 section 10.2.3), bounded; a date counts as none."""
    return min(float(retry_after), 30.0) if retry_after.isdecimal() else 0.0


async def _parts(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as opened:
        while part := await asyncio.to_thread(opened.read, PART):
            yield part


async def _events(response: httpx.Response) -> AsyncIterator[tuple[str, Json]]:
    """What a stream says (HTML Living Standard, section 9.2.6), where data is JSON."""
    event_id, data = "", ""
    async for line in response.aiter_lines():
        name, _, value = line.partition(":")
        if not line and data:
            yield event_id, json.loads(data)
            data = ""
        elif name == "id":
            event_id = value.strip()
        elif name == "data":
            data += value
