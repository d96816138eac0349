"""`warehouse keys`: what access tokens are signed with."""

# ruff: noqa: PLC0415 - imported when it runs, so that other commands answer at once

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.operating import printing
from warehouse.operating.options import HOME, HomeOption, JsonOption, addresses, run

if TYPE_CHECKING:
    from services.auth.keys.rotation import KeyReport

keys_app = typer.Typer(no_args_is_help=True)


@keys_app.callback()
def keys() -> None:
    """The keys that access tokens are signed with, sealed in auth's database.

    A new one is published six minutes before it signs, an old one until its last token has
    expired, so that no request is refused.
    """


@keys_app.command("list", epilog="Example: warehouse keys list")
def list_keys(
    home: HomeOption = HOME,
    everything: Annotated[bool, typer.Option("--all", help="Withdrawn ones as well.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Which keys there are, in the order in which they sign."""
    from warehouse.operating import keys as signing

    found = [
        each
        for each in run(signing.listed(addresses(home)))
        if everything or each.state != "withdrawn"
    ]
    if not as_json and not found:
        printing.say("No keys yet: auth makes one when it is first asked for.")
        return
    _say(found, as_json=as_json)


@keys_app.command(epilog="Example: warehouse keys rotate")
def rotate(
    home: HomeOption = HOME,
    now: Annotated[
        bool,
        typer.Option(
            "--now",
            help="Sign in five seconds: others than our gateways may refuse it for a while.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a new key and publish it; it signs from six minutes later on."""
    from warehouse.operating import keys as signing

    made = run(signing.rotate(addresses(home), hurry=now))
    _say([made], as_json=as_json)
    if not as_json:
        printing.say(
            f"{made.kid} signs from {made.activates_at:%Y-%m-%d %H:%M:%S} UTC on; the key before "
            "it goes by itself when its last token has expired."
        )


@keys_app.command(
    # One key in 64 has a name that begins as an option does.
    context_settings={"ignore_unknown_options": True},
    epilog="Example: warehouse keys retire q5cBvJ3wHn0xKd2Z --compromised",
)
def retire(
    kid: Annotated[str, typer.Argument(metavar="KID", help="As `warehouse keys list` names it.")],
    home: HomeOption = HOME,
    compromised: Annotated[
        bool,
        typer.Option(
            "--compromised",
            help="Somebody else may hold it: refuse its tokens within seconds. Whoever has one "
            "renews it, and nobody has to sign in again.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Withdraw a key that waits, or one that is compromised; if it signed, a new one does now."""
    from warehouse.operating import keys as signing

    changed = run(signing.retire(addresses(home), kid, compromised=compromised))
    _say(changed, as_json=as_json)
    if not as_json:
        printing.say(f"{kid} is withdrawn; gateways refuse its tokens within six seconds.")


def _say(found: "Sequence[KeyReport]", *, as_json: bool) -> None:
    if as_json:
        printing.as_json({"keys": [asdict(each) for each in found]})
        return
    printing.table(
        ("kid", "state", "made at (UTC)", "signs from", "served until", "compromised"),
        (
            (
                *(each.kid, each.state, each.created_at, each.activates_at, each.served_until),
                "yes" if each.compromised else None,
            )
            for each in found
        ),
    )
