"""`warehouse topics`: the declared topics, applied to Kafka."""

# ruff: noqa: PLC0415 - imported when it runs, so that other commands answer at once

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.operating import printing
from warehouse.operating.options import HOME, HomeOption, JsonOption, addresses, run

if TYPE_CHECKING:
    from warehouse.operating.topic_plan import Plan

topics_app = typer.Typer(help="The Kafka topics.", no_args_is_help=True)


@topics_app.callback()
def topics() -> None:
    """The Kafka topics, as `deploy/kafka/topics.yaml` declares them."""


@topics_app.command("apply", epilog="Example: warehouse topics apply --dry-run")
def apply_topics(
    home: HomeOption = HOME,
    bootstrap_servers: Annotated[
        str | None,
        typer.Option("--bootstrap-servers", envvar="KAFKA_BOOTSTRAP_SERVERS", help="host:port,..."),
    ] = None,
    replication: Annotated[
        int | None,
        typer.Option(
            envvar="WAREHOUSE_TOPIC_REPLICATION", help="Replicas of each new topic.", min=1
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    allow_remapping: Annotated[
        bool,
        typer.Option(
            "--allow-remapping",
            help="Add partitions although keys move to others, out of order with their past.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show how Kafka's topics differ from the declared ones, and make them so.

    Missing topics are created and settings are set. No topic is deleted and none loses partitions;
    none gets more without --allow-remapping.
    """
    from warehouse.operating import topic_plan
    from warehouse.topics import declared

    servers = bootstrap_servers or addresses(home).bootstrap_servers
    found = run(topic_plan.plan(servers, declared(replication)))
    if as_json:
        printing.as_json({**asdict(found), "dry_run": dry_run})
    else:
        _show(found)
    if dry_run:
        return
    run(topic_plan.carry_out(servers, found, allow_remapping=allow_remapping))
    if not as_json and found.changes:
        printing.say("Applied.")


def _show(found: "Plan") -> None:
    """The difference, a line for each: `+` is made, `~` is changed, `=` stays as it is."""
    for topic in found.create:
        printing.say(f"+ {topic.name}  partitions={topic.partitions} replicas={topic.replication}")
    for growth in found.grow:
        printing.say(
            f"~ {growth.topic}  partitions {growth.partitions} -> {growth.declared}, keys move"
        )
    for change in found.configure:
        printing.say(f"~ {change.topic}  {change.name} {change.value} -> {change.declared}")
    for wider in found.wider:
        printing.say(
            f"= {wider.topic}  has {wider.partitions} partitions, {wider.declared} declared; a "
            "topic never shrinks"
        )
    for name, number, wanted in found.replicated:
        printing.say(
            f"= {name}  has {number} replicas, {wanted} declared; move them with "
            "kafka-reassign-partitions.sh"
        )
    for name, setting, value in found.extra:
        printing.say(f"= {name}  {setting} {value} is not declared, and kept")
    for name in found.unknown:
        printing.say(f"= {name}  is not declared, and kept")
    printing.say(
        f"{len(found.create)} to create, {len(found.grow)} to grow, {len(found.configure)} "
        f"settings to change, {found.unchanged} as declared."
    )
