"""A composed service: what `app.py` returns and a process hosts.

The parts of a service that live as long as its process (pools, consumers, the relay, schedules)
are `Part`s: they start in order and stop in reverse, so that consumers stop before the pools they
write through.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from starlette.types import ASGIApp

from chassis.logging import get_logger
from chassis.settings import Role

log = get_logger(__name__)

Check = Callable[[], Awaitable[bool]]


class Part(Protocol):
    """Something with a life: started with its process, stopped before it ends."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@dataclass
class Service:
    """One service, wired. `serving` parts belong to the API role, `working` parts to the worker.

    `shared` parts (database pools) are needed by both roles. `checks` name what must be true
    before the process may say that it is ready. `draining` is called when the process begins to
    end, before anything stops: what would not end by itself, such as a stream, ends then.
    """

    name: str
    app: ASGIApp
    host: str
    port: int
    shared: Sequence[Part] = ()
    serving: Sequence[Part] = ()
    working: Sequence[Part] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)
    draining: Sequence[Callable[[], None]] = ()
    _started: list[Part] = field(default_factory=list, init=False)

    async def start(self, role: Role) -> None:
        """Start the parts of `role`, in order; on failure stop what had started, then raise."""
        parts = [*self.shared]
        parts += self.serving if role.serves else ()
        parts += self.working if role.works else ()
        try:
            for part in parts:
                await part.start()
                self._started.append(part)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop what runs, last started first; one part's failure keeps no other from stopping."""
        while self._started:
            part = self._started.pop()
            try:
                await part.stop()
            except Exception as error:  # noqa: BLE001 - stopping goes on whatever fails
                log.warning("part.stop_failed", part=type(part).__name__, error=repr(error))
