"""The gateway's share of the yardstick: nginx proxying an nginx that returns 900 fixed bytes.

Needs `nginx` and `wrk` (Debian: nginx-light, wrk). Both proxies are one process, measured in turn
with `wrk -t1 -c32`, several short rounds each, so that a machine that slows down slows both:

    make bench-gateway ARGS="--seconds 4 --rounds 3"

On our side every check is on: token, revoked sessions, role, rate limit, signed identity. Exits 1
below `--at-least`. `--million 1000000` watches the gateway's memory over so many requests. With
`PROFILE=file` in the environment the gateway writes a cProfile of itself there.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import jwt
import psutil
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from load import cpu, yardstick
from load.yardstick import free_port, wait_for, wrk

from chassis.identity import new_key_pair


class Auth:
    """The two questions that the gateway asks auth, answered from memory."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self.user, self.session, self.workspace = str(uuid4()), str(uuid4()), str(uuid4())

    def token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": "warehouse-auth",
            "aud": "warehouse",
            "sub": self.user,
            "sid": self.session,
            "iat": now,
            "exp": now + 600,
            "jti": str(uuid4()),
        }
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": "one"})

    def answer(self, path: str) -> dict[str, object]:
        if path == "/.well-known/jwks.json":
            jwk = json.loads(OKPAlgorithm.to_jwk(self._key.public_key()))
            return {"keys": [jwk | {"kid": "one", "alg": "EdDSA", "use": "sig"}]}
        if path.startswith("/internal/memberships/"):
            return {"role": "member"}
        return {"items": []}

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[int]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while head := await reader.readuntil(b"\r\n\r\n"):
                body = json.dumps(self.answer(head.split()[1].decode())).encode()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await serve(reader, writer)
            except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
                writer.close()

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]


def start_gateway(port: int, origin: int, auth: int) -> subprocess.Popen[bytes]:
    services = ("CATALOG", "INVENTORY", "LOANS", "NOTIFY", "ANALYTICS")
    environment = os.environ | {
        "GATEWAY_PORT": str(port),
        "GATEWAY_AUTH_URL": f"http://127.0.0.1:{auth}",
        **{f"GATEWAY_{name}_URL": f"http://127.0.0.1:{origin}" for name in services},
        "WAREHOUSE_IDENTITY_PRIVATE_KEY": new_key_pair()[0],
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "GATEWAY_RATE_LIMITS": "reads=1000000/1000000",  # counted, and never reached
    }
    program = (
        "import os; from chassis import hosting, logging; from chassis.settings import Role; "
        "from gateway.app import build; logging.configure('json', 'error'); "
        "profile = os.environ.get('PROFILE'); "
        "import cProfile; profiler = cProfile.Profile(); profile and profiler.enable(); "
        "hosting.run([build()], Role.API); profile and profiler.dump_stats(profile)"
    )
    return subprocess.Popen([sys.executable, "-c", program], env=environment)


@dataclass(frozen=True)
class Plan:
    """What is asked for: `million` is how many requests the gateway's memory is watched over."""

    seconds: int
    rounds: int
    at_least: float
    million: int


async def measure(plan: Plan) -> int:
    auth = Auth()
    token = auth.token()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, yardstick.nginx(Path(folder)) as (proxy, origin):
        async with auth.listen() as auth_port:
            gateway = start_gateway(port, origin, auth_port)
            try:
                url = f"http://127.0.0.1:{port}"
                await asyncio.to_thread(wait_for, f"{url}/healthz", gateway)
                path = f"/v1/workspaces/{auth.workspace}/items/{uuid4()}"
                process = psutil.Process(gateway.pid)
                await wrk(url + path, token=token, seconds=1)
                figures, share = await compare(proxy + path, url + path, token, plan, process)
                if plan.million:
                    figures["memory_mb"] = await memory(url + path, token, plan.million, process)
                print(json.dumps(figures, indent=2))
                return 0 if share >= plan.at_least else 1
            finally:
                gateway.terminate()
                gateway.wait(15)


async def compare(
    nginx: str, gateway: str, token: str, plan: Plan, process: psutil.Process
) -> tuple[dict[str, object], float]:
    """The figures, and our share in percent."""
    reference, ours, spent = [], [], 0.0
    for _ in range(plan.rounds):
        reference.append(await wrk(nginx, token=token, seconds=plan.seconds))
        before = cpu.spent([process])
        ours.append(await wrk(gateway, token=token, seconds=plan.seconds))
        spent += cpu.spent([process]) - before
    one_nginx = await wrk(nginx, token=token, seconds=2, connections=1)
    one_ours = await wrk(gateway, token=token, seconds=2, connections=1)
    share = (
        100
        * statistics.median(one.rate for one in ours)
        / statistics.median(one.rate for one in reference)
    )
    requests = sum(one.requests for one in ours)
    figures: dict[str, object] = {
        "nginx_per_second": [round(one.rate) for one in reference],
        "gateway_per_second": [round(one.rate) for one in ours],
        "share_percent": round(share, 1),
        "cpu_seconds_per_1000_requests": round(1000 * spent / requests, 4),
        "p50_ms_32_connections": {"nginx": reference[-1].p50, "gateway": ours[-1].p50},
        "p50_ms_1_connection": {"nginx": one_nginx.p50, "gateway": one_ours.p50},
    }
    return figures, share


async def memory(
    url: str, token: str, requests: int, process: psutil.Process
) -> dict[str, list[float]]:
    """Resident memory before, and after each tenth of so many requests."""
    resident = [_resident(process)]
    made = 0
    while made < requests:
        goal = made + requests / 10
        while made < goal:
            made += (await wrk(url, token=token, seconds=2)).requests
        resident.append(_resident(process))
    return {str(made): resident}


def _resident(process: psutil.Process) -> float:
    return round(process.memory_info().rss / 2**20, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at-least", type=float, default=50.0, help="percent")
    parser.add_argument("--million", type=int, default=0, help="requests to watch the memory over")
    arguments = parser.parse_args()
    if needed := yardstick.missing():
        sys.exit(f"the yardstick needs nginx and wrk: {needed}")
    plan = Plan(arguments.seconds, arguments.rounds, arguments.at_least, arguments.million)
    sys.exit(asyncio.run(measure(plan)))


if __name__ == "__main__":
    main()
