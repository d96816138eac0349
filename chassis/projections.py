"""What of a service's database is made of others' events alone, and so can be made again."""

from dataclasses import dataclass

from chassis.listeners import Listener


@dataclass(frozen=True)
class Projections:
    """A service declares them beside its composition, as `PROJECTIONS`.

    `tables` hold what the handlers of `listeners` make of their topics, and nothing else. Those
    handlers write to no other table, but for `scratch`: what else they do there was done when the
    events happened, and a rebuild throws it away.
    """

    tables: tuple[str, ...]
    listeners: tuple[Listener, ...]
    scratch: tuple[str, ...] = ()
