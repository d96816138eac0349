"""What the code declares: the events that services publish, and what each service hears."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

from chassis.envelope import Received, topic_of
from chassis.events import Event
from chassis.listeners import Listener
from warehouse.registry import SERVICES

Heard = dict[str, dict[str, list[type[Received]]]]  # by service, by event type


def events() -> list[type[Event]]:
    """Every event class, by topic and within it as written; raises `ValueError` when two claim
    one type."""
    found: dict[str, type[Event]] = {}
    for _, module in _modules("events"):
        for value in vars(module).values():
            if _is_own_event(value, module):
                if value.type in found:
                    raise ValueError(f"{value.type} is declared twice")
                found[value.type] = value
    return sorted(found.values(), key=lambda event: event.topic)


def heard(services: Iterable[str] = SERVICES) -> Heard:
    """Each service's own subset models of what it hears."""
    found: Heard = {}
    for service, module in _modules("consumers", services):
        listener: Listener = module.listener
        pairs = [(type_, model) for type_, all_ in listener.handlers.items() for model, _ in all_]
        pairs += [(type_, model) for types, model, _ in listener.batches for type_ in types]
        for type_, model in pairs:
            models = found.setdefault(service, {}).setdefault(type_, [])
            if model not in models:
                models.append(model)
    return found


def heard_topics(service: str) -> frozenset[str]:
    """The topics that a service reads while it runs: none when it hears nothing."""
    topics = {topic_of(type_) for types in heard([service]).values() for type_ in types}
    return frozenset({*topics, f"warehouse.{service}.retry.v1"} if topics else ())


def example(event: type[Event]) -> dict[str, object]:
    """The payload of an event's example: that of its bases, and what it tells otherwise; in the
    order of the fields."""
    facts: dict[str, object] = {}
    for base in reversed(event.__mro__):
        facts |= vars(base).get("example", {})
    return facts


def _modules(name: str, services: Iterable[str] = SERVICES) -> Iterator[tuple[str, ModuleType]]:
    """The modules called `name` of every domain of `services`, with their service."""
    for service in services:
        package = import_module(f"services.{service}")
        for path in sorted(Path(package.__path__[0]).glob(f"*/{name}.py")):
            yield service, import_module(f"services.{service}.{path.parent.name}.{name}")


def _is_own_event(value: object, module: ModuleType) -> bool:
    return (
        isinstance(value, type)
        and issubclass(value, Event)
        and value.__module__ == module.__name__
        and "type" in vars(value)
    )
