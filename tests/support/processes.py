"""Service processes for tests: the ones asked for run, the others rest.

A test of one service plays its neighbours by publishing their events, so a neighbour that really
ran would answer too. Switching stops what was not asked for; data stays.
"""

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from support.hosts import Forked, Host, spawned
from warehouse.registry import EVERYTHING

# Far above what they take, because machines that test are busy.
START = 90.0  # seconds for a process to say that it is ready
GRACE = 30.0  # seconds for a process to stop by itself


class NotReadyError(AssertionError):
    """A process that did not become ready, with the end of its log."""


@dataclass
class Process:
    services: tuple[str, ...]
    popen: Host
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
    forked: bool = True  # or each with an interpreter of its own
    running: dict[tuple[str, ...], Process] = field(default_factory=dict)

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    def only(self, *groups: Sequence[str]) -> None:
        """Let just these run, each group as one process, all of them ready."""
        wanted = {tuple(group) for group in groups}
        self.stop(*(group for group in self.running if group not in wanted))
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

    def stop(self, *groups: tuple[str, ...]) -> None:
        """Stop processes as an operator would, and fail if one does not end by itself."""
        stopping = {group: self.running.pop(group) for group in groups}
        for process in stopping.values():
            process.popen.terminate()
        late = []
        for group, process in stopping.items():
            try:
                process.popen.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.popen.kill()
                process.popen.wait()
                late.append(f"{group} did not stop in {GRACE} s\n{process.tail()}")
        if late:
            raise NotReadyError("\n".join(late))

    def stop_all(self) -> None:
        self.stop(*self.running)

    def kill(self, service: str) -> None:
        """Kill the process of one service the hard way; `only` or `everything` starts it again."""
        process = self.running.pop((service,))
        process.popen.kill()
        process.popen.wait()

    def _spawn(self, group: tuple[str, ...]) -> Process:
        name = "-".join(group) if len(group) < 4 else "compact"
        log = self.folder / f"{name}-{self.role}.log"
        start = Forked if self.forked else spawned
        return Process(group, start(group, self.role, self.environment, log), log)

    def _await_ready(self, process: Process, service: str, deadline: float) -> None:
        while time.monotonic() < deadline:
            if process.popen.poll() is not None:
                code = process.popen.returncode
                raise NotReadyError(f"{service} ended with {code}\n{process.tail()}")
            try:
                # No TLS here, and loading its certificates would be most of the work.
                url = f"{self.url(service)}/readyz"
                answer = httpx.get(url, timeout=2, verify=False)  # noqa: S501 - no TLS
                notes = answer.json().get("notes", {})
                if answer.status_code == 200 and (not self.consuming or all(notes.values())):
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise NotReadyError(f"{service} was not ready in time\n{process.tail()}")
