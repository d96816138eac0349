"""The registry of codes: which is on what. What carries its code in a column of its own changes
that itself, in the same transaction."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from chassis.aggregate import born
from chassis.database import TenantSession
from chassis.events import changes_of, touch
from chassis.outbox import stage
from chassis.problems import Conflict, FieldError, Unavailable
from services.inventory.short_codes import repository
from services.inventory.short_codes.alphabet import MADE_LENGTH, MAX_LENGTH, Draw, draw
from services.inventory.short_codes.events import (
    ShortCodeClaimed,
    ShortCodeMade,
    ShortCodeMoved,
    ShortCodeReleased,
)
from services.inventory.short_codes.kinds import State, Thing
from services.inventory.short_codes.models import ShortCode


class CodeTaken(Conflict):
    code, title = "short-code-taken", "This short code is taken"

    def __init__(self, code: str, field: str = "short_code") -> None:
        super().__init__(
            f"{code} is on something else. Choose another code, or leave it out to have one made; "
            f"/v1/r/{code} tells what has it, if that is yours.",
            errors=[FieldError(field, "taken", "taken")],
        )


async def make(
    session: TenantSession,
    count: int = 0,
    *,
    draw_code: Draw = draw,
    kind: Thing | None = None,
    targets: Sequence[UUID] = (),
) -> list[ShortCode]:
    """So many new codes, on nothing, or each on one of the `targets`. Where most codes of a length
    are given out they get longer, and no two are alike."""
    made: list[ShortCode] = []
    waiting: list[UUID | None] = [*targets] if kind is not None else [None] * count
    for length in range(MADE_LENGTH, MAX_LENGTH + 1):
        codes = {draw_code(length) for _ in waiting}
        rows = [_new(session, code, is_made=True) for code in codes]
        for row, target_id in zip(rows, waiting, strict=False):
            if kind is not None and target_id is not None:
                row.claim(kind, target_id)
        taken = await repository.insert(session, rows)
        made += [row for row in rows if row.code in taken]
        waiting = waiting[len(rows) :] + [r.target_id for r in rows if r.code not in taken]
        if not waiting:
            break
    else:
        raise Unavailable("No code was free in several tries; try again.")
    for row in made:
        stage(session, ShortCodeMade.of(row))
    return made


async def exchange(
    session: TenantSession,
    kind: Thing,
    target_id: UUID,
    old: str | None,
    new: str | None,
    *,
    additional: bool = False,
) -> str | None:
    """Take the code `old` off a thing and put `new` on it; None for none. The code it has now, as
    it is registered. Raises `CodeTaken` for one that is on something else, or somebody else's.

    The thing is locked, so that nobody else changes its code meanwhile."""
    if new is not None:
        new = await repository.code_of(session, session.workspace_id, new) or new
    if old == new:
        return old
    held = await repository.lock(session, [code for code in (old, new) if code is not None])
    if old is not None and old in held:
        _release(session, held[old])
        await session.flush()
    if new is None:
        return None
    if new not in held:
        await _choose(session, new, kind, target_id, additional=additional)
    elif held[new].state != State.UNUSED:
        raise CodeTaken(new)
    else:
        row = held[new]
        row.claim(kind, target_id, additional=additional)
        changes = changes_of(row)
        touch(row)
        stage(session, ShortCodeClaimed.of(row, changes=changes))
        await session.flush()
    return new


async def release(session: TenantSession, codes: Iterable[str]) -> None:
    """Take codes off what they are on."""
    for row in (await repository.lock(session, list(codes))).values():
        if row.state != State.UNUSED:
            _release(session, row)


def _release(session: TenantSession, row: ShortCode) -> None:
    row.release()
    changes = changes_of(row)
    touch(row)
    stage(session, ShortCodeReleased.of(row, changes=changes))


async def pass_on(session: TenantSession, item_id: UUID, into_id: UUID) -> None:
    """Let the codes of an item be on the one that it was merged into, which is locked: what is
    printed leads to it. It keeps the code that it has of its own."""
    workspace_id = session.workspace_id
    own = await repository.code_on(session, workspace_id, Thing.ITEM, into_id)
    codes = await repository.codes_on(session, workspace_id, Thing.ITEM, [item_id])
    locked = (await repository.lock(session, codes)).values()
    for row in sorted(locked, key=lambda row: (row.is_additional, row.code)):
        row.target_id = into_id
        row.is_additional = own is not None
        own = own or row.code
        changes = changes_of(row)
        touch(row)
        stage(session, ShortCodeMoved.of(row, changes=changes))


async def _choose(
    session: TenantSession, code: str, kind: Thing, target_id: UUID, *, additional: bool
) -> None:
    """Register a code that somebody chose."""
    row = _new(session, code, is_made=False)
    row.claim(kind, target_id, additional=additional)
    if not await repository.insert(session, [row]):
        raise CodeTaken(code)
    stage(session, ShortCodeMade.of(row))


def _new(session: TenantSession, code: str, *, is_made: bool) -> ShortCode:
    """A code as it is to be inserted; it never becomes part of the session."""
    return ShortCode(
        **born(session.workspace_id),
        code=code,
        is_made=is_made,
        state=State.UNUSED.value,
        kind=None,
        target_id=None,
        is_additional=False,
    )
