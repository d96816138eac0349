"""The `warehouse` command: starts, feeds and operates the platform.

Commands import what they need when they run, so that `warehouse status` answers at once.
"""

# ruff: noqa: PLC0415 - see above

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from warehouse.archive.command import export_workspace, restore_workspace
from warehouse.contracts.command import app as contracts_app
from warehouse.demo.command import demo_library
from warehouse.errors import OperatorError
from warehouse.importing.command import import_file
from warehouse.operating.commands import app as operating_app
from warehouse.operating.rebuild import rebuild

app = typer.Typer(
    help="Inventory and lending: what do we own, where is it, who has it?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(operating_app)

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="WAREHOUSE_HOME", help="Where the data is kept.")
]
ServicesArgument = Annotated[list[str], typer.Argument(metavar="SERVICE...|all")]


@app.command()
def up(
    home: HomeOption = Path(".warehouse"),
    host: Annotated[
        str, typer.Option(envvar="WAREHOUSE_HOST", help="The gateway's address.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="WAREHOUSE_PORT", help="The gateway's port.", min=0, max=65535)
    ] = 8000,
    kafka_port: Annotated[
        int, typer.Option(envvar="WAREHOUSE_KAFKA_PORT", help="Kafka's.", min=0, max=65535)
    ] = 9092,
    demo: Annotated[
        bool, typer.Option(envvar="WAREHOUSE_DEMO", help="Load a demo workspace, once.")
    ] = True,
    compact: Annotated[
        bool, typer.Option("--compact", help="All services in one process, for a small machine.")
    ] = False,
) -> None:
    """Start everything on this machine and keep it running until Ctrl-C."""
    try:
        from warehouse.up import Wishes
        from warehouse.up import up as run_up
    except ModuleNotFoundError as error:
        raise OperatorError(
            f"{error.name} is not installed. `make up` installs what the embedded start needs, and "
            "so does `pip install warehouse-platform[embedded]`."
        ) from error

    wishes = Wishes(
        home=home, host=host, port=port, kafka_port=kafka_port, demo=demo, compact=compact
    )
    raise typer.Exit(run_up(wishes))


@app.command()
def status(
    home: HomeOption = Path(".warehouse"),
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show every process and address of the platform that runs here."""
    from warehouse import status as current
    from warehouse.home import Home

    found = current.read(Home(home))
    going_down = found["state"] == "going_down"
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    elif going_down:
        typer.echo(f"{current.table(found)}\nThe supervisor is gone; the rest is going down.")
    elif found["processes"]:
        typer.echo(current.table(found))
    else:
        typer.echo(f"Nothing is running in {home}. Start it with `make up` or `warehouse up`.")
    raise typer.Exit(0 if found["processes"] and not going_down else 1)


@app.command()
def run(
    services: ServicesArgument,
    role: Annotated[
        str, typer.Option(envvar="WAREHOUSE_ROLE", help="all, api (HTTP) or worker (events).")
    ] = "all",
) -> None:
    """Run services in this process, against the servers that the environment names."""
    from warehouse.registry import expand

    if role not in ("all", "api", "worker"):
        raise OperatorError(f"There is no role {role!r}; there are: all, api, worker.")
    names = expand(services)
    from warehouse.running import host

    host(names, role)


@app.command()
def migrate(services: ServicesArgument) -> None:
    """Bring services' databases to their newest revision, by `<SERVICE>_DATABASE_OWNER_URL`."""
    from warehouse.registry import SERVICES, expand

    wanted = {
        name: os.environ.get(f"{name.upper()}_DATABASE_OWNER_URL", "")
        for name in expand(services, everything=SERVICES)
        if name in SERVICES
    }
    if missing := [f"{name.upper()}_DATABASE_OWNER_URL" for name, url in wanted.items() if not url]:
        raise OperatorError(f"Not set: {', '.join(missing)}.")
    from warehouse import jobs

    for name, url in wanted.items():
        jobs.migrate(name, url)


@app.command()
def provision(
    admin_url: Annotated[
        str, typer.Option(envvar="POSTGRES_ADMIN_URL", help="A role that may create roles.")
    ],
) -> None:
    """Make each service's database and roles, as its two database URLs name them."""
    from warehouse import provisioning
    from warehouse.databases import from_environment

    databases = from_environment(os.environ)
    provisioning.provision(admin_url, databases)
    for database in databases:
        typer.echo(f"database.provisioned database={database.name}")


@app.command("secrets")
def fresh_secrets() -> None:
    """Print fresh values for every secret of a deployment, as lines of an environment file."""
    from warehouse.home import new_secrets

    for name, value in new_secrets().items():
        service, _, kind = name.rpartition("_")
        if kind in ("owner", "app"):
            middle = "OWNER_" if kind == "owner" else ""
            name = f"{service.upper()}_DATABASE_{middle}PASSWORD"  # noqa: PLW2901
        typer.echo(f"{name}={value}")
    import secrets

    typer.echo(f"POSTGRES_PASSWORD={secrets.token_urlsafe(24)}")


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    typer.echo(installed("warehouse-platform"))


@app.command("kafka-lock", hidden=True)
def kafka_lock() -> None:
    """Resolve Kafka's jars again and write the lock of their checksums."""
    from warehouse.embedded import jars

    typer.echo(f"{len(jars.write_lock())} jars locked in {jars.LOCK}")


app.add_typer(contracts_app, name="contracts")
app.command("import")(import_file)
app.command("export")(export_workspace)
app.command("restore")(restore_workspace)
app.command(epilog="Example: warehouse rebuild analytics")(rebuild)
app.command("demo-library")(demo_library)


def main() -> None:
    """The command's entry point; what an operator can mend is one line, not a traceback."""
    try:
        app()
    except OperatorError as error:
        typer.echo(f"warehouse: {error}", err=True)
        sys.exit(1)
