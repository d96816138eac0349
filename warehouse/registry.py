"""The parts of the platform by name, and where each one's composition root is."""

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from warehouse.errors import OperatorError

if TYPE_CHECKING:  # the supervisor stays small: names alone need nothing of the chassis
    from chassis.service import Service

SERVICES = ("auth", "catalog", "inventory", "loans", "notify", "analytics")
GATEWAY = "gateway"
EVERYTHING = (*SERVICES, GATEWAY)


class UnknownServiceError(OperatorError):
    """A name that is none of `known`, which are those that can be named there."""

    def __init__(self, name: str, known: Iterable[str] = EVERYTHING) -> None:
        super().__init__(f"There is no service {name!r} here; there are: {', '.join(known)}.")


def module_of(name: str) -> str:
    """The module with `build()` of the service `name`; raises `UnknownServiceError`."""
    if name == GATEWAY:
        return "gateway.app"
    if name in SERVICES:
        return f"services.{name}.app"
    raise UnknownServiceError(name)


def load(name: str) -> "Service":
    """The service `name`, wired from the environment; raises what its settings find wrong."""
    module: Any = import_module(module_of(name))
    return cast("Service", module.build())


def expand(names: list[str], *, everything: tuple[str, ...] = EVERYTHING) -> list[str]:
    """`names` in the platform's order and without repeats; `all` stands for `everything`."""
    for name in names:
        if name not in (*EVERYTHING, "all"):
            raise UnknownServiceError(name, (*everything, "all"))
    wanted = set(everything) if "all" in names else set(names)
    return [name for name in EVERYTHING if name in wanted]
