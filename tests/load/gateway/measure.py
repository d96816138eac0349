"""The gateway's share of the yardstick: nginx proxying an nginx that returns 900 fixed bytes.

Needs `nginx` and `wrk` (Debian: nginx-light, wrk). Both proxies are one process, measured in turn
with `wrk -t1 -c32`, several short rounds each, so that a machine that slows down slows both:

    python tests/load/gateway/measure.py [--seconds 4] [--rounds 3]

nginx proxies as it does unless told otherwise (no keep-alive towards its origin). On our side every
check is on: token, revoked sessions, role, signed identity. Exits 1 below `--at-least`. With
`PROFILE=file` in the environment the gateway writes a cProfile of itself there.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from chassis.identity import new_key_pair

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 100000000;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  {server}
}}
"""
ORIGIN = """
server {{ listen 127.0.0.1:{port};
  location / {{ default_type application/json; return 200 '{body}'; }} }}
"""
PROXY = (
    "server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{origin}; }} }}"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"{process.args!r} ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - our own address
                return
        except OSError:
            time.sleep(0.02)
    sys.exit(f"nothing answers at {url}")


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


def start_nginx(folder: Path, server: str) -> subprocess.Popen[bytes]:
    folder.mkdir()
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, server=server))
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    return subprocess.Popen([nginx, "-c", str(configuration), "-p", str(folder)])


def start_gateway(port: int, origin: int, auth: int) -> subprocess.Popen[bytes]:
    services = ("CATALOG", "INVENTORY", "LOANS", "NOTIFY", "ANALYTICS")
    environment = os.environ | {
        "GATEWAY_PORT": str(port),
        "GATEWAY_AUTH_URL": f"http://127.0.0.1:{auth}",
        **{f"GATEWAY_{name}_URL": f"http://127.0.0.1:{origin}" for name in services},
        "WAREHOUSE_IDENTITY_PRIVATE_KEY": new_key_pair()[0],
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    }
    program = (
        "import os; from chassis import hosting, logging; from chassis.settings import Role; "
        "from gateway.app import build; logging.configure('json', 'error'); "
        "profile = os.environ.get('PROFILE'); "
        "import cProfile; profiler = cProfile.Profile(); profile and profiler.enable(); "
        "hosting.run([build()], Role.API); profile and profiler.dump_stats(profile)"
    )
    return subprocess.Popen([sys.executable, "-c", program], env=environment)


async def wrk(url: str, token: str, seconds: int, connections: int = 32) -> tuple[float, float]:
    """Requests a second, and the median latency in milliseconds."""
    process = await asyncio.create_subprocess_exec(
        "wrk",
        *("-t1", f"-c{connections}", f"-d{seconds}s", "--latency"),
        *("-H", f"Authorization: Bearer {token}"),
        url,
        stdout=asyncio.subprocess.PIPE,
    )
    output = (await process.communicate())[0].decode()
    if "Non-2xx" in output:
        sys.exit(f"{url} refused:\n{output}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    median = re.search(r"50%\s+([\d.]+)(us|ms|s)", output)
    if rate is None or median is None:
        sys.exit(output)
    return float(rate[1]), float(median[1]) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[median[2]]


async def measure(seconds: int, rounds: int, at_least: float) -> int:
    auth = Auth()
    token = auth.token()
    origin, proxy, gateway = free_port(), free_port(), free_port()
    processes: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        async with auth.listen() as auth_port:
            try:
                processes += [
                    start_nginx(folder / "origin", ORIGIN.format(port=origin, body="x" * 900)),
                    start_nginx(folder / "proxy", PROXY.format(port=proxy, origin=origin)),
                    start_gateway(gateway, origin, auth_port),
                ]
                for port, process in zip((origin, proxy, gateway), processes, strict=True):
                    await asyncio.to_thread(wait_for, f"http://127.0.0.1:{port}/healthz", process)
                path = f"/v1/workspaces/{auth.workspace}/items/{uuid4()}"
                return await compare(
                    f"http://127.0.0.1:{proxy}{path}",
                    f"http://127.0.0.1:{gateway}{path}",
                    token,
                    seconds,
                    rounds,
                    at_least,
                )
            finally:
                for process in processes:
                    process.terminate()
                for process in processes:
                    process.wait(15)


async def compare(
    nginx: str, gateway: str, token: str, seconds: int, rounds: int, at_least: float
) -> int:
    await wrk(gateway, token, 1)
    yardstick = []
    ours = []
    for _ in range(rounds):
        yardstick.append(await wrk(nginx, token, seconds))
        ours.append(await wrk(gateway, token, seconds))
    one_nginx, one_ours = await wrk(nginx, token, 2, 1), await wrk(gateway, token, 2, 1)
    share = 100 * statistics.median(r for r, _ in ours) / statistics.median(r for r, _ in yardstick)
    print(
        json.dumps(
            {
                "nginx_per_second": [round(rate) for rate, _ in yardstick],
                "gateway_per_second": [round(rate) for rate, _ in ours],
                "share_percent": round(share, 1),
                "p50_ms_32_connections": {"nginx": yardstick[-1][1], "gateway": ours[-1][1]},
                "p50_ms_1_connection": {"nginx": one_nginx[1], "gateway": one_ours[1]},
            },
            indent=2,
        )
    )
    return 0 if share >= at_least else 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at-least", type=float, default=50.0, help="percent")
    arguments = parser.parse_args()
    if not (shutil.which("wrk") and (shutil.which("nginx") or Path("/usr/sbin/nginx").exists())):
        sys.exit("nginx and wrk are needed: apt-get install nginx-light wrk")
    sys.exit(asyncio.run(measure(arguments.seconds, arguments.rounds, arguments.at_least)))


if __name__ == "__main__":
    main()
