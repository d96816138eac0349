"""The home folder of an embedded platform: data, secrets, and who is running it.

A lock on a file says whether somebody runs it: the kernel lets go of it with the last process that
holds it, so that no crash leaves it behind. The launcher holds it too: until the services of a
killed supervisor have stopped, nobody else starts.
"""

import contextlib
import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from warehouse.errors import OperatorError
from warehouse.registry import SERVICES

WIND_DOWN = 15.0  # seconds that the processes of a killed supervisor are waited for


class AlreadyRunningError(OperatorError):
    """Somebody runs this home; the message says who and where."""


class Home:
    """Paths below `folder`, which is made with mode 0700 when it is missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().resolve()
        self.postgres = self.folder / "postgres"
        self.kafka = self.folder / "kafka"
        self._lock = self.folder / "lock"
        self._run = self.folder / "run.json"
        self._secrets = self.folder / "secrets.json"
        self._demo = self.folder / "demo.loaded"
        self._clean = self.kafka / "clean-stop"

    def secrets(self) -> dict[str, str]:
        """The platform's secrets, made once: names as in the environment, and a password for each
        role as `<role>`."""
        with contextlib.suppress(FileNotFoundError):
            stored: dict[str, str] = json.loads(self._secrets.read_text())
            return stored
        made = new_secrets()
        _write(self._secrets, made)
        return made

    @contextlib.contextmanager
    def locked(self) -> Iterator[int]:
        """The only one to run this home; yields the lock's descriptor for the launcher to hold.
        Raises `AlreadyRunningError`."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock.open("w") as lock:
            if not _try_lock(lock.fileno()):
                self._await_wind_down(lock.fileno())
            try:
                yield lock.fileno()
            finally:
                self._run.unlink(missing_ok=True)

    def is_running(self) -> bool:
        """Whether a supervisor, or what it left behind, holds this home."""
        with contextlib.suppress(OSError), self._lock.open("r") as lock:
            return not _try_lock(lock.fileno())
        return False

    def run(self) -> dict[str, Any]:
        """What the supervisor last wrote about its run; empty when there was none."""
        with contextlib.suppress(OSError, ValueError):
            content: dict[str, Any] = json.loads(self._run.read_text())
            return content
        return {}

    def write_run(self, run: dict[str, Any]) -> None:
        _write(self._run, run)

    def take_clean_mark(self) -> bool:
        """Whether Kafka's last stop was clean; from now on it counts as not clean."""
        clean = self._clean.exists()
        self._clean.unlink(missing_ok=True)
        return clean

    def leave_clean_mark(self) -> None:
        self._clean.touch()

    @property
    def demo_is_loaded(self) -> bool:
        return self._demo.exists()

    def note_demo_loaded(self) -> None:
        self._demo.touch()

    def _await_wind_down(self, lock: int) -> None:
        """Somebody holds the lock: a live supervisor is refused to, remains are waited for."""
        run = self.run()
        until = time.monotonic() + WIND_DOWN
        while not _try_lock(lock):
            if not run or _is_alive(run) or time.monotonic() > until:
                address = run.get("addresses", {}).get("gateway", "starting")
                raise AlreadyRunningError(
                    f"Warehouse is running already: pid {run.get('pid', 'unknown')}, {address}, "
                    f"data in {self.folder}. Stop it with Ctrl-C there, or with "
                    f"`kill {run.get('pid', 'PID')}`."
                )
            time.sleep(0.05)


def new_secrets() -> dict[str, str]:
    """Fresh values for everything that has no default: keys, and a password per database role."""
    from chassis.identity import new_key_pair  # noqa: PLC0415 - made once, imported never again

    private, public = new_key_pair()
    signing, _ = new_key_pair()
    made = {
        "WAREHOUSE_IDENTITY_PRIVATE_KEY": private,
        "WAREHOUSE_IDENTITY_PUBLIC_KEY": public,
        "AUTH_SIGNING_KEYS": signing,
    }
    for service in SERVICES:
        made[f"{service}_owner"] = secrets.token_urlsafe(24)
        made[f"{service}_app"] = secrets.token_urlsafe(24)
    return made


def _write(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all, and for the owner's eyes only."""
    partial = path.with_suffix(".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    partial.replace(path)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(run: dict[str, Any]) -> bool:
    """Whether the supervisor of `run` lives: its pid may be somebody else's by now."""
    import psutil  # noqa: PLC0415 - needed in a corner case

    try:
        return bool(abs(psutil.Process(run["pid"]).create_time() - run["started"]) < 2)
    except (psutil.Error, KeyError):
        return False
