"""A server that the embedded start runs: how it is started, asked and stopped.

`warehouse up` keeps such a server alive (`warehouse.supervisor`), tests hold one for a while
(`warehouse.embedded.stack`); both start it by the same `Launch`.
"""

import contextlib
import fcntl
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psutil

LOG_SIZE = 10 * 1024 * 1024  # bytes after which a log is put aside, one generation


# Above what needs rights, below Linux's and macOS's ranges for outgoing connections.
_OURS = range(18_000, 32_000)
_reserved: list[int] = []  # descriptors of the locks on the ports that this process was given


@dataclass(frozen=True)
class Launch:
    """A command with what its process needs; `uid` and `gid` only when root drops its rights."""

    argv: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    uid: int | None = None
    gid: int | None = None


class Server(Protocol):
    """A server with its data in a folder of its own."""

    name: str
    role: str
    folder: Path
    stop_signal: signal.Signals

    def prepare(self) -> None:
        """Make the data folder, once; end what an earlier run left behind. Blocks."""

    def launch(self) -> Launch: ...

    def started(self, pid: int) -> None:
        """Told the process that was started, before it is ready."""

    def stop_leftover(self) -> None:
        """End the process of an earlier run on the same folder, if there is one. Blocks."""

    def ready(self) -> bool:
        """Whether it answers now; quick."""


def spawn(launch: Launch) -> subprocess.Popen[bytes]:
    """Start it in a session of its own, so that a Ctrl-C in the terminal does not reach it."""
    with launch.log.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own command
            launch.argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={**os.environ, **launch.environment},
            start_new_session=True,
            user=launch.uid,
            group=launch.gid,
            extra_groups=None if launch.uid is None else [],
        )


def rotate(log: Path) -> None:
    """Put a log that has grown aside, so that two generations at most are kept."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_SIZE:
            log.replace(log.with_suffix(".log.1"))


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log, to show when a server does not start."""
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    return ""


def end(process: psutil.Process, stop: signal.Signals, *, grace: float = 5) -> None:
    """Ask a process that is not our child to stop; kill it after `grace` seconds."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(stop)
        try:
            process.wait(grace)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(grace)


def wait_ready(server: Server, process: subprocess.Popen[bytes], deadline: float) -> None:
    """Wait until `server` answers; raises `ServerStartError` when it ends or takes too long."""
    until = time.monotonic() + deadline
    while not server.ready():
        if process.poll() is not None or time.monotonic() > until:
            raise ServerStartError(server)
        time.sleep(0.02)


class ServerStartError(RuntimeError):
    """A server ended or stayed silent; the message carries the end of its log."""

    def __init__(self, server: Server) -> None:
        super().__init__(f"{server.name} did not start:\n{last_lines(server.launch().log)}")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Several free ports, all different, that no other living process was given: one that is
    listened on later, or again, has not become somebody's meanwhile."""
    ports: list[int] = []
    while len(ports) < count:
        port = secrets.choice(_OURS)
        if not is_taken("127.0.0.1", port) and _reserve(port):
            ports.append(port)
    return ports


def _reserve(port: int) -> bool:
    """Lock a file that stands for `port` while this process lives; whether nobody else had."""
    folder = Path(tempfile.gettempdir(), f"warehouse-ports-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = os.open(folder / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    _reserved.append(lock)
    return True


def is_taken(host: str, port: int) -> bool:
    """Whether somebody listens on `port` already (a port in TIME_WAIT is free)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False
