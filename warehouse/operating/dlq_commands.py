"""`warehouse dlq`: what services could not handle, and what is to become of it."""

# ruff: noqa: PLC0415 - imported when it runs, so that other commands answer at once

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from warehouse.errors import OperatorError
from warehouse.operating import printing
from warehouse.operating.options import (
    HOME,
    HomeOption,
    JsonOption,
    ServiceArgument,
    addresses,
    chosen,
    run,
)

if TYPE_CHECKING:
    from warehouse.operating.dead_letters import Letter

dlq_app = typer.Typer(help="Dead letters: events that failed.", no_args_is_help=True)

IdsArgument = Annotated[
    list[int] | None, typer.Argument(metavar="[ID]...", help="As `warehouse dlq list` names them.")
]
ErrorOption = Annotated[
    str | None, typer.Option("--error", metavar="CLASS", help="That failed with this error.")
]
AllOption = Annotated[bool, typer.Option("--all", help="All that are open.")]
AgainOption = Annotated[
    bool, typer.Option("--again", help="Also those that were replayed or discarded already.")
]


@dlq_app.callback()
def dlq() -> None:
    """Dead letters: events that a service could not handle, each known by SERVICE and ID."""


@dlq_app.command("list", epilog="Example: warehouse dlq list loans --error ValueError")
def list_letters(
    service: Annotated[str | None, typer.Argument(metavar="[SERVICE]")] = None,
    home: HomeOption = HOME,
    error: ErrorOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that were replayed or discarded.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """The dead letters that are open: of SERVICE, of every one by default."""
    names = chosen(service)
    found = [
        letter
        for letter in run(_letters(addresses(home).bootstrap_servers, names))
        if (everything or not letter.resolution) and error in (None, letter.error)
    ]
    if as_json:
        printing.as_json({"dead_letters": [asdict(each) for each in found]})
        return
    if not found:
        printing.say("No dead letters.")
        return
    printing.table(
        ("service", "id", "failed at (UTC)", "type", "key", "error", "was at", "state"),
        (
            (
                *(each.service, each.id, each.failed_at, each.type, each.key, each.error),
                f"{each.topic}/{each.partition}/{each.offset}",
                each.resolution or "open",
            )
            for each in found
        ),
        right="id",
    )
    printing.say(f"{len(found)} in all; `warehouse dlq show SERVICE ID` tells all about one.")


@dlq_app.command(epilog="Example: warehouse dlq show loans 3")
def show(
    service: ServiceArgument,
    id_: Annotated[int, typer.Argument(metavar="ID")],
    home: HomeOption = HOME,
    as_json: JsonOption = False,
) -> None:
    """One dead letter: why it failed, where it was, its headers and its content."""
    from warehouse.operating import dead_letters
    from warehouse.operating.broker import Broker
    from warehouse.operating.tail import data_of

    async def read() -> "tuple[Letter, dict[str, str], bytes | None]":
        async with Broker(addresses(home).bootstrap_servers) as broker:
            every = await dead_letters.letters(broker, *chosen(service))
            (letter,) = dead_letters.choose(every, [id_], None)
            record = await dead_letters.record_of(broker, letter)
            return letter, dead_letters.texts(record), record.value

    letter, headers, value = run(read())
    data = data_of(value)
    kept = {name: text for name, text in headers.items() if not name.startswith("dlq_")}
    if as_json:
        printing.as_json({**asdict(letter), "headers": kept, "data": data})
        return
    rows = asdict(letter) | {"resolution": letter.resolution or "open"}
    printing.fields({name: rows[name] for name in rows if rows[name] is not None})
    printing.say("\nheaders")
    printing.fields(kept)
    printing.say("\ndata")
    printing.say(printing.pretty(data))


@dlq_app.command(epilog="Example: warehouse dlq replay loans 3 4, or: ... loans --all")
def replay(
    service: ServiceArgument,
    ids: IdsArgument = None,
    home: HomeOption = HOME,
    error: ErrorOption = None,
    everything: AllOption = False,
    again: AgainOption = False,
    as_json: JsonOption = False,
) -> None:
    """Give dead letters to SERVICE, and to nobody else, to handle once more.

    What fails again is a dead letter again, under a new id. Doing it twice does no harm.
    """
    _resolve("replayed", service, ids, home, error, everything, again, as_json)


@dlq_app.command(epilog="Example: warehouse dlq discard loans --error ValidationError")
def discard(
    service: ServiceArgument,
    ids: IdsArgument = None,
    home: HomeOption = HOME,
    error: ErrorOption = None,
    everything: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Close dead letters without handling them; they stay readable with `list --all`."""
    _resolve("discarded", service, ids, home, error, everything, False, as_json)


def _resolve(
    resolution: Literal["replayed", "discarded"],
    service: str,
    ids: Sequence[int] | None,
    home: "HomeOption",
    error: str | None,
    everything: bool,
    again: bool,
    as_json: bool,
) -> None:
    from warehouse.operating import dead_letters
    from warehouse.operating.broker import Broker

    (name,) = chosen(service)
    if not ids and not everything and error is None:
        raise OperatorError("Say which: by ID..., by --error CLASS, or --all that are open.")
    act = dead_letters.replay if resolution == "replayed" else dead_letters.discard

    async def resolve() -> "tuple[list[Letter], list[Letter]]":
        async with Broker(addresses(home).bootstrap_servers) as broker:
            every = await dead_letters.letters(broker, name)
            wanted = dead_letters.choose(every, ids or (), error)
            open_ = [letter for letter in wanted if again or not letter.resolution]
            await act(broker, name, open_)
            return open_, [letter for letter in wanted if letter not in open_]

    done, left = run(resolve())
    if as_json:
        content = {
            "service": name,
            resolution: [each.id for each in done],
            "left": {str(each.id): each.resolution for each in left},
        }
        printing.as_json(content)
        return
    printing.say(f"{len(done)} dead letters of {name} {resolution}.")
    for each in left:
        printing.say(f"{each.id} was {each.resolution} already, and was left as it is.")
    if done and resolution == "replayed":
        printing.say(
            f"{name} handles them now; `warehouse dlq list {name}` shows what fails again."
        )


async def _letters(servers: str, services: Sequence[str]) -> "list[Letter]":
    from warehouse.operating import dead_letters
    from warehouse.operating.broker import Broker

    async with Broker(servers) as broker:
        return [letter for name in services for letter in await dead_letters.letters(broker, name)]
