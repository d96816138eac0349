"""The use cases of short codes."""

from uuid import UUID

from chassis.database import Source, TenantSession
from chassis.problems import Conflict, NotFound, Problem
from chassis.reach import Reach
from chassis.requests import check_version
from services.inventory.items import repository as items
from services.inventory.short_codes import registry, repository, targets
from services.inventory.short_codes.kinds import State, Thing
from services.inventory.short_codes.models import ShortCode
from services.inventory.short_codes.registry import CodeTaken
from services.inventory.short_codes.schemas import MAX_COUNT, ShortCodeClaim, ShortCodesCreate

MAX_UNUSED = 10_000  # of a workspace: codes are everybody's, and nobody takes them all


class HasCode(Conflict):
    code, title = "has-short-code", "This has a short code already"

    def __init__(self, code: str) -> None:
        super().__init__(
            f"Its label says {code}. Send `replace: true` to give it the new one; {code} is then "
            "on nothing.",
            short_code=code,
        )


class TooManyUnused(Conflict):
    code, title = "too-many-unused", "There are enough unused short codes"
    advice = f"A workspace keeps {MAX_UNUSED:,} of them at most; use some before you make more."


def _coded_meanwhile() -> Problem:
    return Conflict("Somebody gave it a short code just now; read it again.")


CONSTRAINTS = {"short_code_of": _coded_meanwhile}


async def create(
    session: TenantSession,
    committed: Source,
    body: ShortCodesCreate,
    within: Reach,
    *,
    patience: float,
) -> list[UUID]:
    """Make codes that are on nothing, or one, made or chosen, for a thing, or one for each thing
    in a place that has none; their ids."""
    if body.kind is not None and body.location_id is not None:
        return await _code_all(session, body.kind, body.location_id, within)
    if body.kind is None or body.id is None:
        unused = await repository.count_unused(session, session.workspace_id)
        if unused + body.count > MAX_UNUSED:
            raise TooManyUnused
        return [row.id for row in await registry.make(session, body.count)]
    target = await targets.take(session, committed, body.kind, body.id, within, patience=patience)
    if body.code is not None:
        try:
            row = await _put(
                session, target, body.code, replace=body.replace, additional=body.additional
            )
        except CodeTaken:
            raise CodeTaken(body.code, field="code") from None
        return [row.id]
    _check_replaces(target, None, replace=body.replace)
    if target.code is not None:
        await registry.release(session, [target.code])
        await session.flush()
    [made] = await registry.make(session, kind=target.kind, targets=[target.id])
    target.note(session, made.code)
    return [made.id]


async def claim(
    session: TenantSession,
    committed: Source,
    typed: str,
    body: ShortCodeClaim,
    within: Reach,
    *,
    patience: float,
) -> None:
    """Put a code of the workspace on a thing; one that is there already stays as it is. Raises
    `NotFound` for a code that is not the workspace's, `CodeTaken` for one on something else."""
    row = await _existing(session, typed)
    mine = (row.kind, row.target_id) == (body.kind.value, body.id)
    if row.state == State.CLAIMED and not mine:
        raise CodeTaken(row.code)
    target = await targets.take(session, committed, body.kind, body.id, within, patience=patience)
    await _put(session, target, row.code, replace=body.replace)


async def release(session: TenantSession, typed: str, version: int | None) -> None:
    """Take a code off what it is on; one that is on nothing stays as it is."""
    row = await _existing(session, typed)
    check_version(row.version, version)
    if row.kind is None or row.target_id is None:
        return
    # The thing first, as whoever changes a thing does; what was read before may be old by then.
    target = await targets.take_known(session, Thing(row.kind), row.target_id)
    locked = (await repository.lock(session, [row.code]))[row.code]
    check_version(locked.version, version)
    if (locked.kind, locked.target_id) != (row.kind, row.target_id):
        raise Conflict("Somebody moved this code meanwhile; read it again.")
    await registry.release(session, [row.code])
    if target is not None:
        target.note(session, None)


async def release_of_items(session: TenantSession, item_ids: list[UUID]) -> None:
    """Items are gone: their codes are on nothing."""
    codes = await repository.codes_on(session, session.workspace_id, Thing.ITEM, item_ids)
    await registry.release(session, codes)


async def follow_merge(session: TenantSession, item_id: UUID) -> None:
    """An item was merged: its codes are on the one that goes on for it at last."""
    into_id = await items.merged_into(session, item_id)
    if await items.lock_gone(session, into_id):
        await release_of_items(session, [item_id])
    else:
        await registry.pass_on(session, item_id, into_id)


async def free_all(session: TenantSession) -> None:
    """The workspace is gone: others may have its codes."""
    await repository.free_all(session)


async def _code_all(
    session: TenantSession, kind: Thing, location_id: UUID, within: Reach
) -> list[UUID]:
    found = await targets.take_all(session, kind, location_id, within, limit=MAX_COUNT)
    made = await registry.make(session, kind=kind, targets=[target.id for target in found])
    codes = {row.target_id: row.code for row in made}
    for target in found:
        target.note(session, codes[target.id])
    return [row.id for row in made]


async def _put(
    session: TenantSession,
    target: targets.Target,
    code: str,
    *,
    replace: bool,
    additional: bool = False,
) -> ShortCode:
    canonical = await repository.code_of(session, session.workspace_id, code) or code
    old = None if additional else target.code
    if not additional:
        _check_replaces(target, canonical, replace=replace)
    now = await registry.exchange(
        session, target.kind, target.id, old, canonical, additional=additional
    )
    target.note(session, now)
    return (await repository.lock(session, [canonical]))[canonical]


def _check_replaces(target: targets.Target, code: str | None, *, replace: bool) -> None:
    if target.code is not None and target.code != code and not replace:
        raise HasCode(target.code)


async def _existing(session: TenantSession, typed: str) -> ShortCode:
    code = await repository.code_of(session, session.workspace_id, typed)
    row = None if code is None else await repository.read(session, code)
    if row is None:
        raise NotFound("There is no such short code in this workspace.")
    return row
