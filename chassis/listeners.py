"""What a domain hears: a `Listener` names event types, each parsed into the domain's **own** subset
model and given to a handler. A service's listeners together are its `Handlers`.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError

from chassis import context
from chassis.database import TenantSession
from chassis.envelope import Envelope, Poison, Received, topic_of
from chassis.scope import SYSTEM, Scope

Model = TypeVar("Model", bound=Received)
Handle = Callable[[TenantSession, Any], Awaitable[None]]


@dataclass(frozen=True)
class Listener:
    """What one domain hears. `handlers` take one event in a session of its workspace; `batches`
    take as many events as come in a row, in a session of all their workspaces."""

    handlers: dict[str, list[tuple[type[Received], Handle]]] = field(default_factory=dict)
    batches: list[tuple[frozenset[str], type[Received], Handle]] = field(default_factory=list)

    def on(
        self, model: type[Model], *types: str
    ) -> Callable[
        [Callable[[TenantSession, Model], Awaitable[None]]],
        Callable[[TenantSession, Model], Awaitable[None]],
    ]:
        """Register a handler for events of `types`, parsed as `model`."""

        def register(
            handle: Callable[[TenantSession, Model], Awaitable[None]],
        ) -> Callable[[TenantSession, Model], Awaitable[None]]:
            for type_ in types:
                self.handlers.setdefault(type_, []).append((model, handle))
            return handle

        return register

    def on_batch(
        self, model: type[Model], *types: str
    ) -> Callable[
        [Callable[[TenantSession, Sequence[Model]], Awaitable[None]]],
        Callable[[TenantSession, Sequence[Model]], Awaitable[None]],
    ]:
        """Register a handler for the events of `types` in a batch at once, in order per key, as far
        as no handler of single events comes between. Its session sees their workspace, or all when
        they are of several: each row it writes carries its event's own."""

        def register(
            handle: Callable[[TenantSession, Sequence[Model]], Awaitable[None]],
        ) -> Callable[[TenantSession, Sequence[Model]], Awaitable[None]]:
            self.batches.append((frozenset(types), model, handle))
            return handle

        return register

    @property
    def types(self) -> set[str]:
        """The event types it hears."""
        return {*self.handlers}.union(*(types for types, _, _ in self.batches))


class Handlers:
    """All that a service hears."""

    def __init__(self, listeners: Iterable[Listener]) -> None:
        self._single: dict[str, list[tuple[type[Received], Handle]]] = {}
        self._batches: list[tuple[frozenset[str], type[Received], Handle]] = []
        self._in_batches: set[str] = set()  # the types that these hear
        self.types: set[str] = set()
        for listener in listeners:
            self.types |= listener.types
            self._batches += listener.batches
            self._in_batches.update(*(types for types, _, _ in listener.batches))
            for type_, handlers in listener.handlers.items():
                self._single.setdefault(type_, []).extend(handlers)

    @property
    def topics(self) -> list[str]:
        return sorted({topic_of(type_) for type_ in self.types})

    def scope_of(self, envelopes: Iterable[Envelope]) -> Scope:
        """The scope that a transaction over `envelopes` best begins in: the usual batch is one
        workspace's and never leaves it."""
        scopes = {_scope_of(envelope) for envelope in envelopes}
        return scopes.pop() if len(scopes) == 1 else SYSTEM

    async def apply(self, session: TenantSession, envelopes: Sequence[Envelope]) -> None:
        """Give each of `envelopes` to whoever hears it. Raises `Poison` for a payload that does not
        fit, and whatever a handler raises.

        A handler of single events finds all that was made of the events up to its own, and nothing
        of a later one."""
        start = session.scope
        together: list[Envelope] = []
        for envelope in envelopes:
            if envelope.type in self._in_batches:
                together.append(envelope)
            if envelope.type in self._single:
                await self._apply_together(session, together)
                together = []
                await self._apply_alone(session, envelope)
        await self._apply_together(session, together)
        await session.enter(start)

    async def _apply_alone(self, session: TenantSession, envelope: Envelope) -> None:
        for model, handle in self._single[envelope.type]:
            await self._begin(session, envelope)
            await handle(session, _parse(model, envelope))

    async def _apply_together(self, session: TenantSession, envelopes: Sequence[Envelope]) -> None:
        for types, model, handle in self._batches if envelopes else ():
            heard = [one for one in envelopes if one.type in types]
            if heard:
                await session.enter(self.scope_of(heard))
                await handle(session, [_parse(model, one) for one in heard])

    async def _begin(self, session: TenantSession, envelope: Envelope) -> None:
        """Go on in the event's workspace, in its trace, as whoever caused it."""
        traceparent = context.continue_trace(envelope.traceparent)
        context.enter(context.Context(envelope.actor, request_id="", traceparent=traceparent))
        await session.enter(_scope_of(envelope))


def _scope_of(envelope: Envelope) -> Scope:
    return Scope(workspace_id=envelope.workspace_id) if envelope.workspace_id else SYSTEM


def _parse(model: type[Received], envelope: Envelope) -> Received:
    try:
        return model.received(envelope)
    except ValidationError as error:
        raise Poison(f"the payload does not fit {model.__name__}: {error}") from error
