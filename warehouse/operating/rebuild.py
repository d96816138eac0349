"""`warehouse rebuild`: make a service's projections again from the topics, while it runs."""

# ruff: noqa: PLC0415 - imported when it runs, so that other commands answer at once

import time
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.errors import OperatorError
from warehouse.operating import printing
from warehouse.operating.options import (
    HOME,
    HomeOption,
    JsonOption,
    ServiceArgument,
    addresses,
    run,
)
from warehouse.registry import EVERYTHING, SERVICES, UnknownServiceError, module_of

if TYPE_CHECKING:
    from chassis.projections import Projections
    from chassis.rebuild import Rebuilt
    from warehouse.operating.addresses import Addresses

SAY_EVERY = 1.0  # seconds
SHOWN = 5  # of the records that were skipped


def rebuild(
    service: ServiceArgument,
    home: HomeOption = HOME,
    accept_incomplete: Annotated[
        bool,
        typer.Option(
            "--accept-incomplete", help="Rebuild though the beginning of a topic is gone."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make SERVICE's projections again, from the first record of their topics, while it runs.

    They are filled in tables of their own, which replace the live ones at once when they have come
    to where the service stands. Until then nothing changes, whatever interrupts it.
    """
    projections = declared(service)
    where = addresses(home)
    rebuilt = run(_rebuild(where, service, projections, accept_incomplete=accept_incomplete))
    if as_json:
        from dataclasses import asdict

        printing.as_json(asdict(rebuilt))
    else:
        printing.say(
            f"Rebuilt {', '.join(rebuilt.tables)} of {service} from {rebuilt.records} records in "
            f"{rebuilt.seconds:.1f} s."
        )
    for partition, start in rebuilt.gone.items():
        printing.warn(f"{partition} begins at {start}: what it told before is not in the tables.")
    for each in rebuilt.skipped[:SHOWN]:
        printing.warn(f"skipped {each.topic}/{each.partition} at {each.offset}: {each.error}")
    if rebuilt.skipped:
        printing.warn(
            f"{len(rebuilt.skipped)} records could not be applied; `warehouse dlq list {service}` "
            "shows what became of them."
        )


async def _rebuild(
    where: "Addresses", service: str, projections: "Projections", *, accept_incomplete: bool
) -> "Rebuilt":
    import asyncpg
    from aiokafka.errors import KafkaError
    from sqlalchemy.exc import SQLAlchemyError

    from chassis import rebuild as rebuilding
    from chassis.refill import RebuildError

    try:
        return await rebuilding.rebuild(
            service,
            projections,
            owner_url=where.owner(service),
            bootstrap_servers=where.bootstrap_servers,
            accept_incomplete=accept_incomplete,
            progress=_progress(),
        )
    except rebuilding.IncompleteLogError as error:
        raise OperatorError(
            f"{service} was left as it is: {error}. --accept-incomplete rebuilds it from what is "
            "left."
        ) from error
    except (
        *(RebuildError, KafkaError, OSError),
        *(asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError),
    ) as error:
        why = str(error).partition("\n")[0] or type(error).__name__
        raise OperatorError(f"{service} was left as it is: {why}") from error


def declared(service: str) -> "Projections":
    """What the service declares as projections; raises `OperatorError` where it has none."""
    if service not in EVERYTHING:
        raise UnknownServiceError(service, filter(_declares, SERVICES))
    found: Projections | None = getattr(import_module(module_of(service)), "PROJECTIONS", None)
    if found is None:
        raise OperatorError(
            f"{service} has no projections: it keeps nothing of others' events. There are: "
            f"{', '.join(filter(_declares, SERVICES))}."
        )
    return found


def _declares(service: str) -> bool:
    return hasattr(import_module(module_of(service)), "PROJECTIONS")


def _progress() -> Callable[[int, int], None]:
    """Says how far it is, once in a while and beside what a program reads."""
    said_at = time.monotonic()

    def say(done: int, everything: int) -> None:
        nonlocal said_at
        if time.monotonic() - said_at >= SAY_EVERY:
            said_at = time.monotonic()
            share = 100 * done // max(everything, 1)
            typer.echo(f"rebuild.progress records={done} of={everything} percent={share}", err=True)

    return say
