"""What the gateway answers itself, without a token: health, readiness, what describes the API and
the topics, the API's page, and the one that links in mails lead to."""

from collections.abc import Awaitable, Callable
from functools import cached_property

from starlette.types import Scope, Send

from chassis.problems import MethodNotAllowed
from gateway import mailed_links
from gateway.api_document import ApiDocument
from gateway.compression import accepts_gzip
from gateway.docs import ASSETS, Asset, Assets, asset, not_modified
from gateway.readiness import Readiness
from gateway.responses import Fields, send_bytes, send_json

Page = Callable[[Scope, Fields, Send], Awaitable[None]]


ALLOW = (b"allow", b"GET, HEAD, OPTIONS")


class Pages:
    """Pages by raw path; `sign_in` is what the API's page fills in."""

    def __init__(self, readiness: Readiness, document: ApiDocument, sign_in: str = "") -> None:
        self._readiness = readiness
        self._document = document
        self._assets = Assets(sign_in)
        self._by_path: dict[bytes, Page] = {
            b"/": self._front,
            b"/healthz": self._health,
            b"/readyz": self._ready,
            b"/openapi.json": self._openapi,
            **dict.fromkeys(ASSETS, self._asset),
            **dict.fromkeys(mailed_links.PATHS, self._link),
        }

    def get(self, path: bytes) -> Page | None:
        if path.startswith(mailed_links.INVITATIONS):
            return self._link if mailed_links.is_invitation(path) else None
        return self._by_path.get(path)

    async def answer(self, page: Page, scope: Scope, fields: Fields, send: Send) -> None:
        """Raises `MethodNotAllowed` for anything but GET, HEAD and OPTIONS."""
        if scope["method"] == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": [*fields, ALLOW]})
            await send({"type": "http.response.body", "body": b""})
            return
        if scope["method"] not in {"GET", "HEAD"}:
            raise MethodNotAllowed(headers={"Allow": ALLOW[1].decode()})
        await page(scope, fields, send)

    async def _front(self, _scope: Scope, fields: Fields, send: Send) -> None:
        await send_bytes(send, 307, b"", [*fields, (b"location", b"/docs")])

    async def _health(self, _scope: Scope, fields: Fields, send: Send) -> None:
        await send_json(send, 200, {"status": "ok"}, fields)

    async def _ready(self, _scope: Scope, fields: Fields, send: Send) -> None:
        checks = await self._readiness.checks()
        ready = all(checks.values())
        await send_json(send, 200 if ready else 503, {"ready": ready, "checks": checks}, fields)

    async def _openapi(self, scope: Scope, fields: Fields, send: Send) -> None:
        await _send_asset(scope, send, self._api, fields)

    async def _asset(self, scope: Scope, fields: Fields, send: Send) -> None:
        await _send_asset(scope, send, self._assets[scope["raw_path"]], fields)

    async def _link(self, scope: Scope, fields: Fields, send: Send) -> None:
        await _send_asset(scope, send, self._links, fields)

    @cached_property
    def _links(self) -> Asset:
        return mailed_links.page()

    @cached_property
    def _api(self) -> Asset:
        return asset(self._document.body, b"application/json")


async def _send_asset(scope: Scope, send: Send, asset: Asset, fields: Fields) -> None:
    """The asset, compressed for those who accept it, or that what they have is still it."""
    headers = dict(scope["headers"])
    fields = [*fields, *asset.fields]
    if not_modified(headers, dict(asset.fields)[b"etag"]):
        await send({"type": "http.response.start", "status": 304, "headers": fields})
        await send({"type": "http.response.body", "body": b""})
    elif accepts_gzip(headers.get(b"accept-encoding")):
        await send_bytes(send, 200, asset.gzipped, [*fields, (b"content-encoding", b"gzip")])
    else:
        await send_bytes(send, 200, asset.body, fields)
