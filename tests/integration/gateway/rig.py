"""Real local servers that stand in for the services behind a gateway."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from support.callers import TLS
from uvicorn.server import ServerState

from chassis.access_tokens import digest, new_token
from chassis.identity import HEADER, Identity, IdentityVerifier, new_key_pair
from chassis.problems import Unauthenticated
from chassis.protocol import Protocol
from chassis.settings import Role
from gateway import contracts
from gateway.app import compose
from gateway.settings import GatewaySettings

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"  # as a service without Starlette says it
# Beside the services' real routes: what a test needs and no service has.
MORE_ROUTES = {
    "notify": {"/v1/workspaces/{workspace_id}/test-stream": {"get": {}}},
    "catalog": {
        "/v1/workspaces/{workspace_id}/test-files": {"post": {"x-max-body": 2_000_000}},
        "/v1/workspaces/{workspace_id}/test-uploads": {"post": {"x-max-body": 1_000_000_000}},
    },
}

PRIVATE_KEY, PUBLIC_KEY = new_key_pair()
Start = Callable[..., Awaitable[httpx.AsyncClient]]

NOWHERE = "127.0.0.1:9"


def write_contracts(folder: Path) -> Path:
    """The services' OpenAPI documents, with `MORE_ROUTES`."""
    for service, document in contracts.read().items():
        document["paths"] |= MORE_ROUTES.get(service, {})
        (folder / f"{service}.json").write_text(json.dumps(document))
    return folder


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """`app` under uvicorn as `chassis.hosting` runs it; yields its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Protocol(config=config, server_state=state, app_state={}), sock=listener
    )
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        # Not uvicorn's own shutdown, which looks at its connections ten times a second only.
        server.close()
        for connection in tuple(state.connections):
            connection.transport.abort()  # type: ignore[union-attr]
        for task in tuple(state.tasks):
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw_server(handler: Handler) -> AsyncIterator[str]:
    """A server that speaks bytes, for what no proper HTTP server does; yields its address."""
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(connected(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Auth:
    """Auth as the gateway knows it: keys, roles, revoked sessions, and two routes of its own."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.kid = "first"
        self.user, self.session, self.workspace = str(uuid4()), str(uuid4()), str(uuid4())
        self.roles = {(self.workspace, self.user): "member"}
        self.revoked: list[str] = []
        self.lookups = 0
        self.key_fetches = 0
        self.tokens: dict[str, dict[str, object]] = {}  # by the hexadecimal digest
        self.token_lookups = 0
        self.used: dict[str, str] = {}
        self.ready = True
        self.identities: list[Identity] = []
        self._verifier = IdentityVerifier(PUBLIC_KEY)
        self.app = Starlette(
            routes=[
                Route("/.well-known/jwks.json", self._jwks),
                Route("/internal/memberships/{workspace}/{user}", self._membership),
                Route("/internal/access-tokens/used", self._note_used, methods=["POST"]),
                Route("/internal/access-tokens/{digest}", self._access_token),
                Route("/internal/revoked-sessions", self._revoked_sessions),
                Route("/readyz", self._readyz),
                Route("/v1/auth/login", self._login, methods=["POST"]),
                Route("/v1/workspaces", self._workspaces),
                Route("/v1/me/sessions/{session}", self._gone, methods=["DELETE"]),
                Route("/v1/me/tokens/{token}", self._gone, methods=["DELETE"]),
                Route(
                    "/v1/workspaces/{workspace}/members/{user}", self._remove, methods=["DELETE"]
                ),
            ]
        )

    def token(self, **changes: object) -> str:
        now = int(time.time())
        claims = {
            "iss": "warehouse-auth",
            "aud": "warehouse",
            "sub": self.user,
            "sid": self.session,
            "iat": now,
            "exp": now + 600,
            "jti": str(uuid4()),
        } | changes
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, self.key, algorithm="EdDSA", headers={"kid": self.kid})

    def bearer(self, **changes: object) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(**changes)}"}

    def personal(self, **changes: object) -> str:
        """A personal access token of the user."""
        token = new_token()
        self.tokens[digest(token).hex()] = {
            "token_id": str(uuid4()),
            "user_id": self.user,
            "scopes": ["read"],
            "workspace_id": None,
            "expires_at": None,
        } | changes
        return token

    def path(self, rest: str = "items") -> str:
        return f"/v1/workspaces/{self.workspace}/{rest}"

    def _identity(self, request: Request) -> Identity:
        return self._verifier.verify(request.headers.get(HEADER))

    async def _jwks(self, request: Request) -> Response:
        self._identity(request)
        self.key_fetches += 1
        jwk = json.loads(OKPAlgorithm.to_jwk(self.key.public_key()))
        return JSONResponse({"keys": [jwk | {"kid": self.kid, "alg": "EdDSA", "use": "sig"}]})

    async def _membership(self, request: Request) -> Response:
        self._identity(request)
        self.lookups += 1
        role = self.roles.get((request.path_params["workspace"], request.path_params["user"]))
        return JSONResponse({"role": role} if role else {}, status_code=200 if role else 404)

    async def _access_token(self, request: Request) -> Response:
        self._identity(request)
        self.token_lookups += 1
        known = self.tokens.get(request.path_params["digest"])
        return JSONResponse(known or {}, status_code=200 if known else 404)

    async def _note_used(self, request: Request) -> Response:
        self._identity(request)
        self.used |= (await request.json())["used"]
        return Response(status_code=204)

    async def _workspaces(self, request: Request) -> Response:
        return JSONResponse({"of": str(self._identity(request).user_id)})

    async def _gone(self, request: Request) -> Response:
        self._identity(request)
        self.tokens.clear()
        return Response(status_code=204)

    async def _revoked_sessions(self, request: Request) -> Response:
        self._identity(request)
        items = [{"session_id": sid, "revoked_at": "2026-01-01T00:00:00Z"} for sid in self.revoked]
        return JSONResponse({"items": items})

    async def _readyz(self, _request: Request) -> Response:
        return Response(status_code=200 if self.ready else 503)

    async def _login(self, request: Request) -> Response:
        identity = self._identity(request)
        self.identities.append(identity)
        return JSONResponse({"address": identity.address})

    async def _remove(self, request: Request) -> Response:
        self.roles.pop((request.path_params["workspace"], request.path_params["user"]), None)
        return Response(status_code=204)


@dataclass
class Seen:
    """A request as a service received it."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    identity: Identity

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


@dataclass
class Echo:
    """A service that keeps what it received and answers as it is told."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b'{"ok": true}'
    ready: bool = True
    seen: list[Seen] = field(default_factory=list)
    verifier: IdentityVerifier = field(default_factory=lambda: IdentityVerifier(PUBLIC_KEY))

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        request = Request(scope, receive)
        if request.url.path == "/readyz":
            response: Response = Response(status_code=200 if self.ready else 503)
        else:
            response = await self._keep(request)
        await response(scope, receive, send)

    async def _keep(self, request: Request) -> Response:
        body = await request.body()
        try:
            identity = self.verifier.verify(request.headers.get(HEADER))
        except Unauthenticated:
            return Response(status_code=401)
        target = request.scope["raw_path"].decode()
        if request.url.query:
            target += f"?{request.url.query}"
        self.seen.append(
            Seen(request.method, target, list(request.headers.items()), body, identity)
        )
        return Response(self.content, self.status, self.headers)


@asynccontextmanager
async def gateways(auth: Auth, contracts_folder: Path) -> AsyncIterator[Start]:
    """Starts gateways whose services are where nobody listens, unless told otherwise."""
    async with AsyncExitStack() as stack:
        auth_url = await stack.enter_async_context(served(auth.app))

        async def start(*, kafka: str = NOWHERE, **given: object) -> httpx.AsyncClient:
            urls = dict.fromkeys(
                ("catalog_url", "inventory_url", "loans_url", "notify_url", "analytics_url"),
                f"http://{NOWHERE}",
            )
            settings = GatewaySettings.model_validate(
                {
                    "port": 0,
                    "auth_url": auth_url,
                    "kafka_bootstrap_servers": kafka,
                    "identity_private_key": PRIVATE_KEY,
                    "contracts": contracts_folder,
                    **urls,
                    **given,
                }
            )
            service = compose(settings)
            await service.start(Role.API)
            stack.push_async_callback(service.stop)
            address = await stack.enter_async_context(served(service.app))
            client = httpx.AsyncClient(base_url=address, timeout=10, verify=TLS)
            return await stack.enter_async_context(client)

        yield start
