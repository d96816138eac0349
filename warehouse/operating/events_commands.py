"""`warehouse events`: what goes through the topics."""

# ruff: noqa: PLC0415 - imported when it runs, so that other commands answer at once

import contextlib
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.operating import printing
from warehouse.operating.options import HOME, HomeOption, addresses, run

if TYPE_CHECKING:
    from warehouse.operating.tail import Seen, Wanted

SHOWN = 100  # characters of an event's data on its line
OURS = "warehouse."  # begins the names of the platform's topics; other systems may have theirs

events_app = typer.Typer(help="The events in the topics.", no_args_is_help=True)


@events_app.callback()
def events() -> None:
    """The events in the topics."""


@events_app.command("tail", epilog="Example: warehouse events tail --type loan.returned --json")
def tail(
    home: HomeOption = HOME,
    topic: Annotated[
        list[str] | None, typer.Option(help="Of this topic; repeatable. All events by default.")
    ] = None,
    workspace: Annotated[
        str | None, typer.Option(metavar="ID", help="Of this workspace alone.")
    ] = None,
    type_: Annotated[
        list[str] | None,
        typer.Option("--type", help="Of this type, or what it ends in: returned. Repeatable."),
    ] = None,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Not from now on, but from the first.")
    ] = False,
    follow: Annotated[
        bool, typer.Option(help="Go on as events come; else end with what is there.")
    ] = True,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", "-n", help="End after so many; with --no-follow the last so many.", min=1
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Each event as JSON on a line.")] = False,
) -> None:
    """Show events as they are published, one a line, until Ctrl-C."""
    wanted = _wanted(topic or (), workspace, type_ or ())
    servers = addresses(home).bootstrap_servers
    try:
        run(
            _tail(
                servers,
                wanted,
                from_beginning=from_beginning,
                follow=follow,
                limit=limit,
                as_json=as_json,
            )
        )
    except KeyboardInterrupt:
        return
    except BrokenPipeError:
        # Whoever read our lines has had enough; Python's own last flush must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _wanted(topics: Sequence[str], workspace: str | None, types: Sequence[str]) -> "Wanted":
    from warehouse.operating.tail import Wanted, check_types, workspace_id

    if types and all(name.startswith(OURS) for name in topics):
        from warehouse.contracts.declared import events as declared

        check_types(types, [event.type for event in declared()])
    return Wanted(topics, None if workspace is None else workspace_id(workspace), types)


async def _tail(
    servers: str,
    wanted: "Wanted",
    *,
    from_beginning: bool,
    follow: bool,
    limit: int | None,
    as_json: bool,
) -> None:
    from warehouse.operating.broker import Broker
    from warehouse.operating.tail import last
    from warehouse.operating.tail import tail as follow_events

    only_now = not (follow or from_beginning)
    shown = 0
    async with Broker(servers) as broker:
        if only_now and limit:
            for one in await last(broker, wanted, limit):
                _show(one, as_json=as_json)
            return
        coming = follow_events(broker, wanted, from_beginning=from_beginning, follow=follow)
        async with contextlib.aclosing(coming) as seen:
            async for one in seen:
                _show(one, as_json=as_json)
                shown += 1
                if shown == limit:
                    return
    if only_now:
        printing.warn(
            "nothing new: --no-follow ends with what is there. -n N shows the last N events, "
            "--from-beginning all."
        )


def _show(seen: "Seen", *, as_json: bool) -> None:
    if as_json:
        printing.as_line(asdict(seen))
    else:
        data = printing.one_line(seen.data)
        printing.say(
            printing.printable(
                f"{seen.time:%Y-%m-%d %H:%M:%S.%f}"[:-3]
                + f"  {seen.type or '(no type)'}  {seen.key or '-'}  v{seen.version or '-'}  "
                f"workspace={seen.workspace or '-'} actor={seen.actor or '-'}  "
                + (data if len(data) <= SHOWN else data[: SHOWN - 1] + "…")
            )
        )
    sys.stdout.flush()
