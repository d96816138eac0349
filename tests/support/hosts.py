"""The processes that services run in: forked from one that has imported the platform, as those of
`warehouse up` are, or with an interpreter of their own.

Importing costs a process a second of CPU, and a run of the tests starts some hundreds.
"""

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing import connection
from pathlib import Path

import uuid_utils

from warehouse.registry import EVERYTHING, module_of
from warehouse.running import host

_COMMAND = "import sys; from warehouse.running import host; host(sys.argv[2:], sys.argv[1])"
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["chassis.hosting", "warehouse.running", *map(module_of, EVERYTHING)])


# Whoever asks for an exit code first reads it out of a pipe: one at a time.
_ASKING = threading.Lock()


class Forked:
    """A forked process, dealt with as a `subprocess.Popen` is."""

    def __init__(
        self, services: Sequence[str], role: str, environment: Mapping[str, str], log: Path
    ) -> None:
        self._process = _FORKS.Process(
            target=_live, args=(list(services), role, dict(environment), str(log)), daemon=True
        )
        with _ASKING:
            self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self.poll()

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        with _ASKING:
            return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raises `subprocess.TimeoutExpired`."""
        connection.wait([self._process.sentinel], timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired("a forked host", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


Host = Forked | subprocess.Popen[bytes]


def spawned(
    services: Sequence[str], role: str, environment: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    """With an interpreter of its own: for what is in force from a process's first moment on, such
    as failpoints and a library that is preloaded, and where the process itself is measured."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-c", _COMMAND, role, *services],
            env=dict(environment),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )


def _live(services: list[str], role: str, environment: dict[str, str], log: str) -> None:
    """The life of a forked process."""
    threading.Thread(target=_follow, daemon=True).start()
    gc.freeze()  # what was imported before the fork is not looked through again
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.environ.clear()
    os.environ.update(environment)
    uuid_utils.reseed_rng()  # or two services would make the same ids
    host(services, role)


def _follow() -> None:
    """Stop this process when the one that asked for it is gone: nobody else would."""
    asked = multiprocessing.parent_process()
    assert asked is not None
    connection.wait([asked.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
