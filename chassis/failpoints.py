"""Named places where a process can be made to die, freeze or fail, so that a test may prove what
survives it. Nothing is switched on unless the environment says so at start.

`WAREHOUSE_FAILPOINTS="relay.after_send=kill@3,consumer.before_commit=freeze:2"`: at the third time
that the relay gets there the process kills itself, and each time that the consumer gets there it
stands still for two seconds. Actions: `kill` (SIGKILL), `raise` (an `InjectedFault`), and
`freeze:SECONDS` (the whole process, as a long pause of the machine would). `@N` is the N-th hit
alone; without it `kill` and `raise` act at the first, and `freeze` at every one.
"""

import os
import signal
import time
from collections import Counter

VARIABLE = "WAREHOUSE_FAILPOINTS"


class InjectedFault(Exception):  # noqa: N818 - the field's word
    """What a failpoint raises."""


def _parse(value: str) -> dict[str, tuple[str, int]]:
    """`{name: (action, hit)}`; a hit of 0 is every one."""
    points = {}
    for part in filter(None, value.split(",")):
        name, _, what = part.strip().partition("=")
        action, _, hit = what.partition("@")
        points[name] = (action, int(hit) if hit else 0 if action.startswith("freeze") else 1)
    return points


_POINTS = _parse(os.environ.get(VARIABLE, ""))
_hits: Counter[str] = Counter()

#: Whether any is switched on; callers ask this first, so that one that is off costs nothing.
ACTIVE = bool(_POINTS)


def hit(name: str) -> None:
    """Do what the environment asked for at the place called `name`, if anything."""
    action, which = _POINTS.get(name, ("", 0))
    if not action:
        return
    _hits[name] += 1
    if which not in (0, _hits[name]):
        return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "raise":
        raise InjectedFault(name)
    elif action.startswith("freeze:"):
        time.sleep(float(action.removeprefix("freeze:")))
    else:
        raise ValueError(f"{VARIABLE} asks {name} for {action!r}, which no failpoint can do")
