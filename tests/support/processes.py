"""Service processes for tests: the ones asked for run, the others rest.

A test of one service plays its neighbours by publishing their events, so a neighbour that really
ran would answer too. Switching stops what was not asked for; data stays.
"""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from warehouse.registry import EVERYTHING

START = 40.0  # seconds for a process to say that it is ready
GRACE = 12.0  # seconds for a process to stop by itself
_HOST = "import sys; from warehouse.running import host; host(sys.argv[2:], sys.argv[1])"


class NotReadyError(AssertionError):
    """A process that did not become ready, with the end of its log."""


@dataclass
class Process:
    services: tuple[str, ...]
    popen: subprocess.Popen[bytes]
    log: Path

    def tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-40:])


@dataclass
class Processes:
    """The service processes of a test session, on one pair of servers."""

    environment: Mapping[str, str]
    ports: Mapping[str, int]
    folder: Path
    role: str = "all"
    consuming: bool = True  # whether a process is awaited until it consumes its topics
    running: dict[tuple[str, ...], Process] = field(default_factory=dict)

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    def only(self, *groups: Sequence[str]) -> None:
        """Let just these run, each group as one process, all of them ready."""
        wanted = {tuple(group) for group in groups}
        for group in [group for group in self.running if group not in wanted]:
            self.stop(group)
        for group in wanted - set(self.running):
            self.running[group] = self._spawn(group)
        deadline = time.monotonic() + START
        for group in sorted(wanted, key=lambda group: "gateway" in group):
            for service in group:
                self._await_ready(self.running[group], service, deadline)

    def everything(self) -> None:
        """The whole platform, each service its own process."""
        self.only(*([name] for name in EVERYTHING))

    def compact(self) -> None:
        """The whole platform in one process."""
        self.only(EVERYTHING)

    def stop(self, group: tuple[str, ...]) -> None:
        """Stop one process as an operator would, and fail if it does not end by itself."""
        process = self.running.pop(group)
        process.popen.terminate()
        try:
            process.popen.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.popen.kill()
            process.popen.wait()
            raise NotReadyError(f"{group} did not stop in {GRACE} s\n{process.tail()}") from None

    def stop_all(self) -> None:
        for group in list(self.running):
            self.stop(group)

    def kill(self, service: str) -> None:
        """Kill the process of one service the hard way; `only` or `everything` starts it again."""
        process = self.running.pop((service,))
        process.popen.kill()
        process.popen.wait()

    def _spawn(self, group: tuple[str, ...]) -> Process:
        name = "-".join(group) if len(group) < 4 else "compact"
        log = self.folder / f"{name}-{self.role}.log"
        with log.open("ab") as output:
            popen = subprocess.Popen(
                [sys.executable, "-c", _HOST, self.role, *group],
                env=dict(self.environment),
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        return Process(group, popen, log)

    def _await_ready(self, process: Process, service: str, deadline: float) -> None:
        while time.monotonic() < deadline:
            if process.popen.poll() is not None:
                code = process.popen.returncode
                raise NotReadyError(f"{service} ended with {code}\n{process.tail()}")
            try:
                answer = httpx.get(f"{self.url(service)}/readyz", timeout=2)
                notes = answer.json().get("notes", {})
                if answer.status_code == 200 and (not self.consuming or all(notes.values())):
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise NotReadyError(f"{service} was not ready in time\n{process.tail()}")
