"""The operator's commands at the top: lag, outbox, replay, digest."""

# ruff: noqa: PLC0415 - imported when it runs, so that other commands answer at once

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.operating import printing
from warehouse.operating.check_commands import check_app
from warehouse.operating.dlq_commands import dlq_app
from warehouse.operating.events_commands import events_app
from warehouse.operating.keys_commands import keys_app
from warehouse.operating.options import (
    HOME,
    HomeOption,
    JsonOption,
    ServiceArgument,
    ServiceOption,
    addresses,
    chosen,
    run,
)
from warehouse.operating.times import moment, span
from warehouse.operating.topics_commands import topics_app

if TYPE_CHECKING:
    from warehouse.operating.outbox import Holder

app = typer.Typer()
app.add_typer(topics_app, name="topics")
app.add_typer(dlq_app, name="dlq")
app.add_typer(events_app, name="events")
app.add_typer(keys_app, name="keys")
app.add_typer(check_app, name="check")


@app.command(epilog="Example: warehouse lag --service loans")
def lag(
    home: HomeOption = HOME, service: ServiceOption = None, as_json: JsonOption = False
) -> None:
    """How far each service is behind each topic's partitions, and for how long.

    By the positions in the services' databases, else by what their groups committed. Exit code 1
    when a database could not be asked.
    """
    from warehouse.operating import lag as lags

    found = run(lags.measure(addresses(home), chosen(service)))
    if as_json:
        printing.as_json(
            {
                "lag": found.total,
                "oldest_seconds": found.oldest_seconds,
                "partitions": [asdict(each) for each in found.partitions],
                "members": found.members,
                "unread": found.unread,
            }
        )
    else:
        printing.table(
            ("group", "topic", "partition", "position", "end", "lag", "oldest", "state"),
            (
                (
                    *(each.group, each.topic, each.partition, each.position, each.end, each.lag),
                    span(each.oldest_seconds) if each.lag else "-",
                    each.state if each.source == "database" else f"{each.state} ({each.source})",
                )
                for each in found.partitions
            ),
            right="partition position end lag oldest",
        )
        oldest = f"; the oldest waits {span(found.oldest_seconds)}" if found.total else ""
        printing.say(f"In all {found.total} behind{oldest}.")
        idle = [name for name, members in found.members.items() if not members]
        if behind := [each for each in idle if any(p.lag for p in found.of(each))]:
            printing.say(f"Nobody consumes for {', '.join(behind)}: is it running?")
    _say_unread(found.unread)


@app.command(epilog="Example: warehouse outbox --json")
def outbox(
    home: HomeOption = HOME, service: ServiceOption = None, as_json: JsonOption = False
) -> None:
    """What each service has committed and Kafka has not got yet, and which relays send it.

    Exit code 1 when a database could not be asked.
    """
    from warehouse.operating import outbox as outboxes

    found = run(outboxes.look(addresses(home), chosen(service)))
    if as_json:
        services = [asdict(each) for each in found.services]
        content = {"pending": found.pending, "services": services, "unread": found.unread}
        printing.as_json(content)
    else:
        printing.table(
            ("service", "pending", "oldest", "published/min", "shards held by", "free", "kept"),
            (
                (
                    *(each.service, each.pending, span(each.oldest_seconds)),
                    each.published_last_minute,
                    _holders(each.holders),
                    len(each.shards_free) or "-",
                    f"{sum(day.bytes for day in each.partitions) / 2**20:.1f} MiB",
                )
                for each in found.services
            ),
            right="pending oldest published/min free kept",
        )
        if service is not None and found.services:
            printing.table(
                ("partition", "rows (about)", "KiB"),
                ((day.name, day.rows, day.bytes // 1024) for day in found.services[0].partitions),
                right="rows (about) KiB",
            )
        for each in found.services:
            if each.pending and each.shards_free:
                printing.say(
                    f"Nobody sends {len(each.shards_free)} of {each.service}'s shards: is its "
                    "worker running?"
                )
    _say_unread(found.unread)


@app.command(epilog="Example: warehouse replay loans --since 2h --dry-run")
def replay(
    service: ServiceArgument,
    home: HomeOption = HOME,
    topic: Annotated[str | None, typer.Option(help="Of this topic alone.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="From then on: ISO 8601 (UTC), or 2h, 7d.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Before then.")] = None,
    key: Annotated[str | None, typer.Option(help="Of this Kafka key alone.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and change nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Publish again what SERVICE has published, from its outbox; all that is kept by default.

    Events keep their ids and their order per key: whoever applied one skips it.
    """
    from warehouse.operating import replay as replays

    (name,) = chosen(service)
    selection = replays.Selection(
        topic=topic,
        key=key,
        since=moment(since) if since else None,
        until=moment(until) if until else None,
    )
    done = run(replays.replay(addresses(home), name, selection, dry_run=dry_run))
    if as_json:
        printing.as_json(asdict(done))
    else:
        what = "would be sent again" if dry_run else "will be sent again by the relay"
        printing.say(f"{done.rows} events of {name} {what}.")
        if done.rows and not dry_run:
            printing.say(f"`warehouse outbox --service {name}` shows how many are left.")
    if not done.is_complete and done.back_to:
        printing.warn(
            f"the outbox of {name} goes back to {done.back_to:%Y-%m-%d %H:%M:%S} UTC only; what "
            "was published before is not in it any more, and is not sent."
        )


@app.command(epilog="Example: warehouse digest analytics")
def digest(
    service: ServiceArgument,
    home: HomeOption = HOME,
    everything: Annotated[
        bool, typer.Option("--all", help="Every table of its own, not its projections alone.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """A digest of what SERVICE has made of the events: the same content, the same digest."""
    from warehouse.operating import digest as digests

    (name,) = chosen(service)
    found = run(digests.digest(addresses(home), name, everything=everything))
    if as_json:
        printing.as_json(asdict(found))
        return
    printing.table(
        ("table", "rows", "digest"),
        ((each.table, each.rows, each.digest) for each in found.tables),
        right="rows",
    )
    printing.say(f"{name} {found.digest}")


def _holders(holders: list["Holder"]) -> str:
    return "; ".join(
        f"{len(each.shards)} by {each.application_name} (pid {each.pid}, {each.client or 'local'})"
        for each in holders
    )


def _say_unread(unread: dict[str, str]) -> None:
    for why in unread.values():
        printing.warn(why)
    if unread:
        raise typer.Exit(1)
