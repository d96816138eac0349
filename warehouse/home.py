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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from warehouse.errors import OperatorError
from warehouse.registry import SERVICES

# Seconds that the processes of a killed supervisor are waited for: the launcher gives services and
# servers the time to stop in.
WIND_DOWN = 30.0
_UNSAID = 0.5  # of them without a word: somebody who has just taken over has yet to say so


class AlreadyRunningError(OperatorError):
    """Somebody runs this home, or will not let go of it; the message says who and where."""


class Home:
    """Paths below `folder`, which is made with mode 0700 when it is missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().resolve()
        self.postgres = self.folder / "postgres"
        self.kafka = self.folder / "kafka"
        self.mail = self.folder / "mail"
        self.attachments = self.folder / "attachments"
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
            made = new_secrets() | stored
            if made != stored:  # a home of an earlier version lacks some
                _write(self._secrets, made)
            return made
        made = new_secrets()
        _write(self._secrets, made)
        return made

    @contextlib.contextmanager
    def locked(self, waiting: Callable[[], None] = lambda: None) -> Iterator[int]:
        """The only one to run this home; yields the lock's descriptor for the launcher to hold.
        `waiting` is called once when what a killed supervisor left is waited for. Raises
        `AlreadyRunningError`."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock.open("w") as lock:
            if not _try_lock(lock.fileno()):
                self._await_wind_down(lock.fileno(), waiting)
            try:
                self.write_run(_taken_over(self.run()))
                yield lock.fileno()
            finally:
                self._run.unlink(missing_ok=True)

    def is_running(self) -> bool:
        """Whether a live supervisor runs this home."""
        return self._is_held() and _is_alive(self.run())

    def is_going_down(self) -> bool:
        """Whether the supervisor is gone and what it left behind still holds this home."""
        return self._is_held() and not _is_alive(self.run())

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

    def _is_held(self) -> bool:
        with contextlib.suppress(OSError), self._lock.open("r") as lock:
            return not _try_lock(lock.fileno())
        return False

    def _await_wind_down(self, lock: int, waiting: Callable[[], None]) -> None:
        """Somebody holds the lock: a live supervisor is refused to, remains are waited for."""
        began, said = time.monotonic(), False
        while not _try_lock(lock):
            waited = time.monotonic() - began
            run = self.run()
            if _is_alive(run):
                address = run.get("addresses", {}).get("gateway", "starting")
                raise AlreadyRunningError(
                    f"Warehouse is running already: pid {run['pid']}, {address}, data in "
                    f"{self.folder}. Stop it with Ctrl-C there, or with `kill {run['pid']}`."
                )
            if waited > WIND_DOWN:
                raise AlreadyRunningError(
                    f"What the last Warehouse left in {self.folder} has not gone down within "
                    f"{WIND_DOWN:.0f} s. `warehouse status` names its processes: end them, then "
                    "start again."
                )
            if waited > _UNSAID and not said:
                waiting()
                said = True
            time.sleep(0.05)


def new_secrets() -> dict[str, str]:
    """Fresh values for everything that has no default: keys, and a password per database role."""
    from chassis import sealing  # noqa: PLC0415 - made once, imported never again
    from chassis.identity import new_key_pair  # noqa: PLC0415 - as above

    private, public = new_key_pair()
    signing, _ = new_key_pair()
    made = {
        "WAREHOUSE_IDENTITY_PRIVATE_KEY": private,
        "WAREHOUSE_IDENTITY_PUBLIC_KEY": public,
        "AUTH_SIGNING_KEYS": signing,
        "AUTH_ENCRYPTION_KEYS": sealing.new_key(),
        "WAREHOUSE_MAIL_KEYS": sealing.new_key(),
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


def _taken_over(earlier: dict[str, Any]) -> dict[str, Any]:
    """The record of a run that begins in this process: `left` are the processes of earlier ones,
    that may live on."""
    import psutil  # noqa: PLC0415 - for the embedded start alone

    me = psutil.Process()
    row = {"service": "supervisor", "role": "supervisor", "pid": me.pid}
    return {
        "pid": me.pid,
        "started": me.create_time(),
        "state": "starting",
        "processes": [{**row, "state": "running", "restarts": 0}],
        "left": [*earlier.get("left", []), *earlier.get("processes", [])],
    }


def _is_alive(run: dict[str, Any]) -> bool:
    """Whether the supervisor of `run` lives: its pid may be somebody else's by now, or a zombie's,
    that was killed and that its parent has not asked after."""
    import psutil  # noqa: PLC0415 - for the embedded start alone

    try:
        process = psutil.Process(run["pid"])
        is_the_same = abs(process.create_time() - run["started"]) < 2
        return is_the_same and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, KeyError):
        return False
