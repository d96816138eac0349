"""Where a session is used: the address, the user agent, and words for the device."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from chassis.fields import storable
from chassis.requests import identity_of

UNKNOWN = "Unknown device"
# In this order: Edge and Opera also call themselves Chrome, and Chrome calls itself Safari.
_PROGRAMS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_PRODUCT = re.compile(r"[A-Za-z][\w.-]{0,39}")


@dataclass(frozen=True, slots=True)
class Client:
    """What a session is remembered by."""

    ip: str
    user_agent: str

    @property
    def device(self) -> str:
        """In words: `Firefox on Linux`, or the program's own name."""
        program = _first(_PROGRAMS, self.user_agent)
        system = _first(_SYSTEMS, self.user_agent)
        if program and system:
            return f"{program} on {system}"
        product = _PRODUCT.match(self.user_agent)
        return product[0] if product else UNKNOWN

    @property
    def facts(self) -> dict[str, str]:
        """What a mail tells of it."""
        return {"address": self.ip, "device": self.device}


async def client_of(request: Request) -> Client:
    """The client of a request, as the gateway saw it."""
    agent = request.headers.get("user-agent", "")[:400]
    return Client(identity_of(request).address, agent if storable(agent) else "")


def _first(names: tuple[tuple[str, str], ...], text: str) -> str | None:
    return next((name for mark, name in names if mark in text), None)


CallingClient = Annotated[Client, Depends(client_of)]
