"""The use cases of the wishlist: wanted, ordered (and wanted again), acquired for good."""

from collections.abc import Collection
from uuid import UUID

from chassis.aggregate import born, lock
from chassis.database import TenantSession
from chassis.events import changes_of, touch
from chassis.fields import sent
from chassis.outbox import stage
from chassis.problems import Conflict, FieldError, Problem, invalid
from services.catalog.items import repository as items_repository
from services.catalog.items import service as items
from services.catalog.items.schemas import ItemCreate
from services.catalog.wishlist import repository
from services.catalog.wishlist.events import (
    WishAcquired,
    WishCreated,
    WishDeleted,
    WishEvent,
    WishOrdered,
    WishReopened,
    WishUpdated,
)
from services.catalog.wishlist.models import Wish
from services.catalog.wishlist.schemas import WishAcquire, WishCreate, WishPatch
from services.catalog.wishlist.states import Status


class Acquired(Conflict):
    code, title = "acquired", "This wish was fulfilled already"


def _external_id_taken() -> Problem:
    return Conflict(
        "Another wish has this external_id.",
        errors=[FieldError("external_id", "taken in this workspace", "taken")],
    )


CONSTRAINTS = {"wish_external_id": _external_id_taken}


async def create(session: TenantSession, body: WishCreate) -> UUID:
    """Put something on the list; the new wish's id."""
    _check_price(body.price_estimate, body.currency)
    wish = Wish(
        **born(session.workspace_id), **body.model_dump(), status=Status.WANTED, item_id=None
    )
    session.add(wish)
    stage(session, WishCreated.of(wish))
    return wish.id


async def update(
    session: TenantSession, wish_id: UUID, body: WishPatch, version: int | None
) -> None:
    """Change the fields that were sent; nothing happens when they say what is there already."""
    wish = await _lock(session, wish_id, version)
    for name, value in sent(body).items():
        setattr(wish, name, value)
    _check_price(wish.price_estimate, wish.currency)
    _publish(session, wish, WishUpdated)


async def order(session: TenantSession, wish_id: UUID, version: int | None) -> None:
    """Note that it was ordered; raises `Acquired` when it is there already."""
    wish = await _lock(session, wish_id, version)
    _refuse_acquired(wish)
    wish.status = Status.ORDERED
    _publish(session, wish, WishOrdered)


async def reopen(session: TenantSession, wish_id: UUID, version: int | None) -> None:
    """Want it again after an order that came to nothing; raises `Acquired` when it is there."""
    wish = await _lock(session, wish_id, version)
    _refuse_acquired(wish)
    wish.status = Status.WANTED
    _publish(session, wish, WishReopened)


async def acquire(
    session: TenantSession, wish_id: UUID, body: WishAcquire, version: int | None
) -> None:
    """Note what the wish became, an item that is there or a new one; raises `Acquired` when it is
    another item already. The same item again changes nothing."""
    wish = await _lock(session, wish_id, version)
    if wish.status == Status.ACQUIRED and body.item_id == wish.item_id is not None:
        return
    _refuse_acquired(wish)
    wish.item_id = await _item_of(session, wish, body)
    wish.status = Status.ACQUIRED
    _publish(session, wish, WishAcquired)


async def follow(session: TenantSession, item_ids: Collection[UUID], into_id: UUID) -> None:
    """Let wishes that became one of these items have become `into_id`."""
    for wish in await repository.lock_acquired(session, item_ids):
        wish.item_id = into_id
        _publish(session, wish, WishUpdated)


async def delete(session: TenantSession, wish_id: UUID, version: int | None) -> None:
    """Take a wish off the list; what it became stays."""
    wish = await _lock(session, wish_id, version)
    touch(wish)
    stage(session, WishDeleted.of(wish))
    await session.flush()
    await session.delete(wish)


async def _item_of(session: TenantSession, wish: Wish, body: WishAcquire) -> UUID:
    if body.item_id is None:
        made = await items.create(session, body.item or ItemCreate(name=wish.name))
        return made.id
    if not await items_repository.exists(session, session.workspace_id, body.item_id):
        raise invalid("item_id", "There is no such item here.", "not-found")
    return body.item_id


async def _lock(session: TenantSession, wish_id: UUID, version: int | None) -> Wish:
    return await lock(session, Wish, wish_id, "wish", version=version)


def _publish(
    session: TenantSession,
    wish: Wish,
    happened: type[WishUpdated | WishOrdered | WishReopened | WishAcquired],
) -> None:
    if changes := changes_of(wish):
        touch(wish)
        event: WishEvent = happened.of(wish, changes=changes)
        stage(session, event)


def _refuse_acquired(wish: Wish) -> None:
    if wish.status == Status.ACQUIRED:
        raise Acquired("Delete it, or put a new wish on the list.", item_id=str(wish.item_id))


def _check_price(price_estimate: int | None, currency: str | None) -> None:
    if (price_estimate is None) != (currency is None):
        missing = "currency" if currency is None else "price_estimate"
        raise invalid(missing, "A price and its currency go together: both or neither.")
