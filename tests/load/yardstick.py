"""The yardstick of all load measurements: nginx proxying an nginx that returns 900 fixed bytes.

Absolute figures differ twofold between machines, shares of this one hardly. nginx proxies as it
does unless told otherwise, without keep-alive towards its origin; `wrk -t1 -c32` asks.
"""

import asyncio
import contextlib
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 100000000;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  {server}
}}
"""
_ORIGIN = """
server {{ listen 127.0.0.1:{port};
  location / {{ default_type application/json; return 200 '{body}'; }} }}
"""
_PROXY = (
    "server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{origin}; }} }}"
)
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}
# Debian's package of each program; nginx is outside of the PATH of those who are not root.
_PACKAGES = {"nginx": "nginx-light", "wrk": "wrk"}
_PLACES = ("/usr/sbin", "/usr/local/sbin")


class LoadError(Exception):
    """A measurement that came to no figure, and why."""


def missing() -> str | None:
    """What to install before anything here works; None when all of it is there."""
    packages = [package for name, package in _PACKAGES.items() if _program(name) is None]
    return f"apt-get install {' '.join(packages)}" if packages else None


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[tuple[str, int]]:
    """Both nginx for a while: the proxy's URL, and the origin's port."""
    port, origin = free_port(), free_port()
    with contextlib.ExitStack() as stack:
        for name, server, listens in (
            ("origin", _ORIGIN.format(port=origin, body="x" * 900), origin),
            ("proxy", _PROXY.format(port=port, origin=origin), port),
        ):
            process = _start(folder / name, server)
            stack.callback(process.wait, 15)
            stack.callback(process.terminate)
            wait_for(f"http://127.0.0.1:{listens}/", process)
        yield f"http://127.0.0.1:{port}", origin


class Load(NamedTuple):
    """Requests a second; latencies in milliseconds; how many requests there were."""

    rate: float
    p50: float
    p99: float
    requests: int


async def wrk(
    url: str, *options: str, seconds: int, token: str = "", connections: int = 32
) -> Load:
    """What comes of asking for so long. Raises `LoadError` when there are answers other than
    2xx."""
    process = await asyncio.create_subprocess_exec(
        *(_program("wrk") or "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"),
        *(("-H", f"Authorization: Bearer {token}") if token else ()),
        *options,
        url,
        stdout=asyncio.subprocess.PIPE,
    )
    output = (await process.communicate())[0].decode()
    if "Non-2xx" in output:
        raise LoadError(f"{url} refused:\n{output}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    count = re.search(r"(\d+) requests in", output)
    if rate is None or count is None:
        raise LoadError(output)
    return Load(float(rate[1]), _latency(output, 50), _latency(output, 99), int(count[1]))


def _latency(output: str, percent: int) -> float:
    found = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", output)
    if found is None:
        raise LoadError(output)
    return float(found[1]) * _UNITS[found[2]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until `process` answers there; raises `LoadError` when it does not."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise LoadError(f"{process.args!r} ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - our own address
                return
        except OSError:
            time.sleep(0.02)
    raise LoadError(f"nothing answers at {url}")


def _start(folder: Path, server: str) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True)
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(folder=folder, server=server))
    program = _program("nginx") or "nginx"
    return subprocess.Popen([program, "-c", str(configuration), "-p", str(folder)])


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=":".join(_PLACES))
