"""How long the client wants to wait: `Prefer: wait=N` and `respond-async` (RFC 7240)."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

DEFAULT_WAIT, MAX_WAIT = 2, 30  # seconds


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for the outcome, and the preferences this honours."""

    seconds: int
    applied: str | None


def read(values: list[str]) -> Patience:
    """The patience that `Prefer` fields ask for. Of a preference given twice the first counts;
    one that makes no sense is as if it were not there; a longer wait than ours is cut."""
    asked: dict[str, str] = {}
    for preference in ",".join(values).split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        asked.setdefault(name.strip().lower(), value.strip().strip('"'))
    wait = asked.get("wait", "")
    applied = []
    seconds = DEFAULT_WAIT
    if "respond-async" in asked:
        applied.append("respond-async")
        seconds = 0
    if wait.isascii() and wait.isdigit():
        seconds = min(int(wait[:9]), MAX_WAIT)
        applied.append(f"wait={seconds}")
    return Patience(seconds, ", ".join(applied) or None)


async def patience(
    request: Request,
    _prefer: Annotated[
        str | None,
        Header(
            alias="Prefer",
            description=f"`wait=N`: seconds to wait for the outcome, {DEFAULT_WAIT} by default, "
            f"{MAX_WAIT} at most. `respond-async`: answer at once",
        ),
    ] = None,
) -> Patience:
    return read(request.headers.getlist("prefer"))


Patient = Annotated[Patience, Depends(patience)]
