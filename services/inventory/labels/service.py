"""The use cases of labels: which are drawn, and as what."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from uuid import UUID

from chassis.database import Source
from chassis.problems import FieldError, Invalid, NotFound, invalid
from chassis.reach import Reach
from services.inventory.labels import repository
from services.inventory.labels.formats import SHEETS, Format
from services.inventory.labels.jobs import Job, Text
from services.inventory.labels.repository import Coded
from services.inventory.labels.symbols import Symbology
from services.inventory.short_codes.kinds import State, Thing

MAX_LABELS = 500
_DRAWN = 1  # counts up when the same input is drawn in another way, so that caches let go of it


class Caption(StrEnum):
    """What a single label says below the symbol."""

    BOTH = "both"
    NAME = "name"
    CODE = "code"
    NONE = "none"


async def one(source: Source, workspace_id: UUID, typed: str, within: Reach) -> Coded:
    """What the label of a code says; raises `NotFound` where there is no such code."""
    found = await repository.find(source, workspace_id, codes=[typed], limit=1, within=within)
    if not found:
        raise NotFound("There is no such short code in this workspace.")
    return found[0]


def lines(coded: Coded, caption: Caption) -> tuple[str, ...]:
    """The lines of a single label; a code that is on nothing has no name."""
    told = {
        Caption.BOTH: (coded.name, coded.code),
        Caption.NAME: (coded.name,),
        Caption.CODE: (coded.code,),
        Caption.NONE: (),
    }
    return tuple(line for line in told[caption] if line)


async def job(
    source: Source,
    workspace_id: UUID,
    *,
    format_: Format,
    symbology: Symbology,
    start: int,
    base_url: str,
    codes: Sequence[str],
    kind: Thing | None,
    state: State | None,
    location_id: UUID | None,
    within: Reach,
) -> Job:
    """The sheets to print. Raises `Invalid` for a start that the sheet has not, for codes that are
    not there and for more labels than one asks for at once; `NotFound` for none at all."""
    count = SHEETS[format_].count
    if start > count:
        raise invalid("start", f"A sheet of {format_} has {count} labels; give 1 to {count}.")
    found = await repository.find(
        source,
        workspace_id,
        codes=codes,
        kind=kind,
        state=state,
        location_id=location_id,
        limit=MAX_LABELS + 1,
        within=within,
    )
    if len(found) < len(codes):
        raise Invalid(
            "Some of these codes are not in this workspace, or not among what else you asked for.",
            errors=[FieldError("code", "not every one of them is there", "not-found")],
        )
    if not found:
        raise NotFound(
            "Nothing to print: none of these has a short code. `POST …/short-codes` makes them."
        )
    if len(found) > MAX_LABELS:
        raise invalid(
            "code", f"These are more than {MAX_LABELS} labels; print them in parts.", "too-many"
        )
    return Job(
        format=format_,
        symbology=symbology,
        start=start,
        base_url=base_url,
        as_of=max(one.changed_at for one in found),
        labels=tuple(Text(one.code, one.name, " / ".join(one.way)) for one in found),
    )


def tag_of(job: Job) -> str:
    """The ETag of a job's sheets."""
    return tag(json.dumps(asdict(job), default=str))


def tag(*parts: object) -> str:
    """An ETag of all that a drawing is made of."""
    text = "\0".join(map(str, (_DRAWN, *parts)))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
