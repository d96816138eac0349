"""The options that the operator's commands share, and how a command runs."""

# ruff: noqa: PLC0415 - aiokafka and asyncpg are imported by the commands that need them

import asyncio
import logging
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from warehouse.registry import SERVICES, UnknownServiceError

if TYPE_CHECKING:
    from warehouse.operating.addresses import Addresses

T = TypeVar("T")

HomeOption = Annotated[
    Path,
    typer.Option(
        "--home",
        envvar="WAREHOUSE_HOME",
        help="Of a running `warehouse up`; the environment's servers come first.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="For programs.")]
ServiceArgument = Annotated[str, typer.Argument(metavar="SERVICE")]
ServiceOption = Annotated[
    str | None, typer.Option("--service", metavar="SERVICE", help="This one alone.")
]
HOME = Path(".warehouse")


def addresses(home: Path) -> "Addresses":
    """Where the platform is, by the environment and by what runs in `home`."""
    from warehouse.operating.addresses import find

    return find(home, os.environ)


def chosen(service: str | None) -> list[str]:
    """The services that are meant: this one, or all; raises `UnknownServiceError`."""
    if service is None:
        return list(SERVICES)
    if service not in SERVICES:
        raise UnknownServiceError(service, SERVICES)
    return [service]


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`. What Kafka's client has to say is in the errors that we raise."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    return asyncio.run(work)
