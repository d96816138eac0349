"""The process that services are forked from.

Importing the platform's libraries costs each process a second of CPU and 80 MB; here they are
imported once, while the database and the broker start, and every service shares their memory. It
has no thread and no event loop, because neither survives a fork.

It outlives a supervisor that was killed: then it stops the services and whatever embedded servers
the supervisor ran, and goes. In compact mode it does not fork but becomes the one host itself.
"""

import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

GRACE = 8.0  # seconds that services have to stop in when the supervisor is gone
MESSAGE = 256 * 1024  # bytes; the largest request is a fork's environment


@dataclass(frozen=True)
class Plan:
    """What a launcher is started with: inherited descriptors, modules to import ahead, and the
    folders of the embedded servers that are to stop with it."""

    control: int
    lifeline: int
    lock: int
    preload: Sequence[str]
    postgres: str | None = None
    kafka: str | None = None


class Launcher:
    """Serves fork requests until the supervisor says quit or is gone."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._control = socket.socket(fileno=plan.control)
        self._children: set[int] = set()
        self._woken, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._wake = wake

    def serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            for source in (self._control, self._plan.lifeline, self._woken):
                selector.register(source, selectors.EVENT_READ)
            self._tell({"ready": True})
            while True:
                ready = {key.fd for key, _ in selector.select()}
                if self._plan.lifeline in ready:
                    self._wind_down()
                    return
                if self._woken in ready:
                    os.read(self._woken, 512)
                    self._reap()
                if self._control.fileno() in ready and not self._obey():
                    return

    def _obey(self) -> bool:
        """Carry out one request; False when there is nothing more to do."""
        data, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE, 1)
        if not data:
            return True  # the lifeline tells the rest
        request = json.loads(data)
        if "quit" in request:
            for pid in self._children:  # none, unless the supervisor was in a hurry
                _signal(pid, signal.SIGKILL)
            return False
        output = descriptors[0]
        if request.get("become"):
            self._become(request, output)
            return False
        pid = os.fork()
        if pid == 0:
            self._release()
            _run_and_exit(request, output, self._plan.lifeline)
        os.close(output)
        self._children.add(pid)
        self._tell({"started": pid})
        return True

    def _become(self, request: dict[str, Any], output: int) -> None:
        self._tell({"started": os.getpid()})
        signal.set_wakeup_fd(-1)
        try:
            _run(request, output, self._plan.lifeline)
        finally:
            if _supervisor_is_gone(self._plan.lifeline):
                self._stop_servers()

    def _release(self) -> None:
        """In a child: let go of what only the launcher may hold."""
        signal.set_wakeup_fd(-1)
        for descriptor in (self._control.detach(), self._plan.lock, self._woken, self._wake):
            os.close(descriptor)

    def _reap(self) -> None:
        while self._children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._children.discard(pid)
            self._tell({"exited": pid, "status": os.waitstatus_to_exitcode(status)})

    def _wind_down(self) -> None:
        _silence()
        for pid in self._children:
            _signal(pid, signal.SIGTERM)
        until = time.monotonic() + GRACE
        while self._children and time.monotonic() < until:
            self._reap()
            time.sleep(0.05)
        for pid in self._children:
            _signal(pid, signal.SIGKILL)
        self._stop_servers()

    def _stop_servers(self) -> None:
        if self._plan.kafka:
            from warehouse.embedded.kafka import Kafka  # noqa: PLC0415 - rarely needed

            Kafka(Path(self._plan.kafka), 0).stop_leftover()
        if self._plan.postgres:
            from warehouse.embedded.postgres import Postgres  # noqa: PLC0415 - rarely needed

            Postgres(Path(self._plan.postgres), 0).stop_leftover()

    def _tell(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            self._control.sendall(json.dumps(message).encode() + b"\n")


def preload(modules: Sequence[str]) -> None:
    """Import ahead; a module that cannot be is left to the process that needs it, to say why."""
    gc.disable()  # nothing to find yet, and what is collected in a child would unshare its pages
    for module in modules:
        try:
            import_module(module)
        except Exception:  # noqa: BLE001 - any failure is the service's own to report
            traceback.print_exc()
    gc.collect()
    gc.freeze()


def _run_and_exit(request: dict[str, Any], output: int, lifeline: int) -> None:
    """The life of a forked child; never returns."""
    status = 1
    try:
        _run(request, output, lifeline)
        status = 0
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else 1
    except BaseException:  # noqa: BLE001 - the last frame of a process: say it and go
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _run(request: dict[str, Any], output: int, lifeline: int) -> None:
    """Take on the request's environment and output, and call its target."""
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.environ.clear()
    os.environ.update(request["environment"])
    _reseed()
    with contextlib.suppress(OSError):  # Linux alone names its processes so
        Path("/proc/self/comm").write_text(f"wh-{request['name']}"[:15])
    gc.enable()
    threading.Thread(target=_follow, args=(lifeline,), daemon=True).start()
    module, function = request["target"].split(":")
    getattr(import_module(module), function)(**request["arguments"])


def _reseed() -> None:
    """Random numbers of our own: the generator of uuid-utils would go on as its parent's, and two
    services would make the same ids. Python's own modules take care of a fork themselves."""
    with contextlib.suppress(ImportError):
        import uuid_utils  # noqa: PLC0415 - the launcher itself makes no ids

        uuid_utils.reseed_rng()


def _follow(lifeline: int) -> None:
    """Stop this process when the supervisor is gone: nobody else would."""
    os.read(lifeline, 1)
    _silence()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE + 1)
    os._exit(1)


def _silence() -> None:
    """Nobody reads the pipe any more; writing to it would be one more failure."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _supervisor_is_gone(lifeline: int) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(lifeline, selectors.EVENT_READ)
        return bool(selector.select(0))


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def main() -> None:
    """Run as `python -m warehouse.supervision.launcher PLAN`, the plan being JSON."""
    plan = Plan(**json.loads(sys.argv[1]))
    launcher = Launcher(plan)
    preload(plan.preload)
    launcher.serve()


if __name__ == "__main__":
    main()
