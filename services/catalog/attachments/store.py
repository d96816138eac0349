"""Where content is kept: a folder, or a bucket of any S3-compatible store, by obstore.

An object is whole or not there, is written once and never changed.
"""

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, S3Store

from chassis.logging import get_logger
from chassis.problems import Unavailable

if TYPE_CHECKING:
    from obstore.store import S3Config
    from typing_extensions import Buffer

_PART = 5 * 1024 * 1024  # bytes of a part of a large object
_PARTS_AT_ONCE = 2
_CHUNK = 256 * 1024  # bytes that are passed on at a time

log = get_logger(__name__)


class S3(NamedTuple):
    """How an S3-compatible store is reached; with no key, as the machine's own role may."""

    endpoint: str = ""
    region: str = "us-east-1"
    access_key: str = ""
    secret_key: str = ""


class ContentStore:
    """The store at `url`: `file:///folder` or `s3://bucket/prefix`. It is looked for when it is
    first needed: a service whose store is away serves all else."""

    def __init__(self, url: str, s3: S3 | None = None) -> None:
        self._url = url
        self._s3 = s3 or S3()
        self._opened: ObjectStore | None = None
        if urlsplit(url).scheme not in {"file", "s3"}:
            raise ValueError(f"no store of attachments: {url!r}; give file:///… or s3://…")

    def upload_folder(self) -> str | None:
        """Where files on their way in are best written: beside where they go, if that is a folder;
        else None, for the system's own."""
        if urlsplit(self._url).scheme != "file":
            return None
        folder = Path(unquote(urlsplit(self._url).path)) / ".uploads"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _away(error) from error
        return str(folder)

    async def put(self, path: str, content: IO[bytes] | bytes) -> None:
        """Keep `content` under `path`; raises `Unavailable` when the store can't."""
        try:
            await obstore.put_async(
                self._store(), path, content, chunk_size=_PART, max_concurrency=_PARTS_AT_ONCE
            )
        except (BaseError, OSError) as error:
            raise _away(error) from error

    async def get(self, path: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes of `path` from `start` up to `end`, opened already. Raises `Unavailable` when
        the store is away or, what should not be, does not have it."""
        try:
            result = await obstore.get_async(self._store(), path, options={"range": (start, end)})
        except (BaseError, OSError) as error:
            raise _away(error) from error
        return _as_bytes(result.stream(min_chunk_size=_CHUNK))

    async def read(self, path: str) -> bytes:
        """All of `path`, which is small; raises as `get` does."""
        try:
            result = await obstore.get_async(self._store(), path)
            return bytes(await result.bytes_async())
        except (BaseError, OSError) as error:
            raise _away(error) from error

    async def remove(self, paths: Iterable[str]) -> None:
        """Have none of `paths`, whether they were there or not."""
        for path in paths:
            try:
                await obstore.delete_async(self._store(), path)
            except (NotFoundError, FileNotFoundError):
                continue
            except (BaseError, OSError) as error:
                raise _away(error) from error

    def _store(self) -> ObjectStore:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open(self) -> ObjectStore:
        parts = urlsplit(self._url)
        if parts.scheme == "file":
            return LocalStore(unquote(parts.path), mkdir=True, automatic_cleanup=True)
        config: S3Config = {
            "region": self._s3.region,
            "virtual_hosted_style_request": False,
        }
        if self._s3.endpoint:
            config["endpoint"] = self._s3.endpoint
        if self._s3.access_key:
            config["access_key_id"] = self._s3.access_key
            config["secret_access_key"] = self._s3.secret_key
        return S3Store.from_url(
            self._url,
            config=config,
            client_options={
                "allow_http": self._s3.endpoint.startswith("http:"),
                "connect_timeout": timedelta(seconds=3),
                "timeout": timedelta(seconds=120),
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
        )


async def _as_bytes(chunks: "AsyncIterable[Buffer]") -> AsyncIterator[bytes]:
    async for chunk in chunks:
        yield bytes(chunk)


def _away(error: Exception) -> Unavailable:
    log.warning("attachments.store_away", error=repr(error)[:500])
    return Unavailable(
        "Where attachments are kept can't be reached right now; try again in a moment.",
        headers={"Retry-After": "5"},
    )
