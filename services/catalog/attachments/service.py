"""The use cases of attachments. Whoever changes those of an item locks the item first."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.aggregate import born, lock
from chassis.database import TenantSession, lock_key
from chassis.events import changes_of, touch
from chassis.fields import sent
from chassis.outbox import stage
from chassis.problems import Conflict, NotFound, Problem, invalid
from services.catalog.attachments import repository
from services.catalog.attachments.events import (
    AttachmentCreated,
    AttachmentDeleted,
    AttachmentUpdated,
)
from services.catalog.attachments.kinds import Kind
from services.catalog.attachments.models import Attachment
from services.catalog.attachments.problems import NoSpaceLeft, TooManyAttachments
from services.catalog.attachments.repository import Room
from services.catalog.attachments.schemas import AttachmentPatch
from services.catalog.items.events import ItemUpdated
from services.catalog.items.models import Item

_NO_PHOTO = "Only a picture can be a photo."


@dataclass(frozen=True, slots=True)
class Limits:
    """`quota`: bytes of all attachments of a workspace; `of_item`: how many an item has."""

    quota: int
    of_item: int

    def check(self, room: Room, size: int) -> None:
        """Raise the `Problem` of one more attachment of `size` bytes, if it has one."""
        if room.of_item >= self.of_item:
            raise TooManyAttachments.than(self.of_item)
        if room.used + size > self.quota:
            raise NoSpaceLeft.of(self.quota, room.used)


@dataclass(frozen=True, slots=True)
class NewAttachment:
    """What there is to tell of an upload."""

    kind: Kind
    title: str
    caption: str | None
    file_name: str
    media_type: str
    size: int
    sha256: str
    width: int | None
    height: int | None
    is_primary: bool | None


def check_kind(kind: Kind, *, is_picture: bool, is_primary: bool | None) -> None:
    """Raise the `Problem` of a photo that is no picture, or another kind that is to be primary."""
    if kind is Kind.PHOTO and not is_picture:
        raise invalid("kind", _NO_PHOTO, "not-a-picture")
    if is_primary and kind is not Kind.PHOTO:
        raise invalid("is_primary", "Only a photo can be the one that shows its item.", "no-photo")


async def add(
    session: TenantSession, item_id: UUID, content_id: UUID, new: NewAttachment, limits: Limits
) -> UUID | None:
    """Attach a stored content to an item, after those that it has; the new one's id, or None when
    the content has left the store meanwhile. The first photo becomes primary unless it says no."""
    await lock_key(session, "attachments")  # so that each counts what is there
    item = await lock(session, Item, item_id, "item")
    room = await repository.room(session, session.workspace_id, item_id)
    assert room is not None  # noqa: S101 - the item is locked
    limits.check(room, new.size)
    if not await repository.keep(session, content_id):
        return None
    siblings = await repository.lock_all(session, item_id)
    attachment = Attachment(
        **born(session.workspace_id),
        item_id=item_id,
        content_id=content_id,
        kind=new.kind.value,
        title=new.title,
        caption=new.caption,
        file_name=new.file_name,
        media_type=new.media_type,
        size=new.size,
        sha256=new.sha256,
        width=new.width,
        height=new.height,
        position=_after(siblings),
        is_primary=False,
    )
    becomes = item.image is None and attachment.may_be_primary
    if becomes if new.is_primary is None else new.is_primary:
        await _show(session, item, siblings, attachment)
    session.add(attachment)
    stage(session, AttachmentCreated.of(attachment))
    return attachment.id


async def update(
    session: TenantSession, attachment_id: UUID, body: AttachmentPatch, version: int | None
) -> None:
    """Change the fields that were sent; nothing happens when they say what is there already."""
    item, attachment = await _lock(session, attachment_id, version)
    siblings = await repository.lock_all(session, item.id)
    fields = sent(body)
    position = fields.pop("position", None)
    primary = fields.pop("is_primary", None)
    kind = Kind(fields.get("kind", attachment.kind))
    check_kind(kind, is_picture=attachment.width is not None, is_primary=primary)
    # Before anything else is changed: it writes what is, and changes are told of once.
    if primary:
        await _show(session, item, siblings, attachment)
    elif attachment.is_primary and primary is False:
        await _show(session, item, siblings, None)
    elif attachment.is_primary and kind is not Kind.PHOTO:
        others = [one for one in siblings if one is not attachment]
        await _show(session, item, siblings, _next_photo(others))
    for name, value in fields.items():
        setattr(attachment, name, value)
    if position is not None:
        _place(siblings, attachment, position)
    for sibling in siblings:
        _publish(session, sibling)


async def delete(session: TenantSession, attachment_id: UUID, version: int | None) -> None:
    """Delete an attachment for good; the next photo takes over from a primary one."""
    item, attachment = await _lock(session, attachment_id, version)
    await _remove(session, [attachment])
    if attachment.is_primary:
        siblings = await repository.lock_all(session, item.id)
        heir = _next_photo(siblings)
        await _show(session, item, siblings, heir)
        if heir is not None:
            _publish(session, heir)


async def delete_all(session: TenantSession, item_id: UUID) -> None:
    """Delete the attachments of an item that is locked and about to be deleted itself."""
    await _remove(session, await repository.lock_all(session, item_id))


async def move_to(session: TenantSession, from_item: Item, to_item: Item) -> None:
    """Give one item's attachments to another, after those that it has; both are locked. The photo
    that shows the one shows the other if nothing did. Of the items `image` alone is changed: it is
    the caller's to touch them and to tell of it."""
    moving = await repository.lock_all(session, from_item.id)
    staying = await repository.lock_all(session, to_item.id)
    position = _after(staying)
    takes_over = to_item.image is None
    for attachment in moving:
        attachment.item_id, attachment.position = to_item.id, position
        attachment.is_primary &= takes_over
        position += 1
        _publish(session, attachment)
    if takes_over:
        to_item.image = next((one.id for one in moving if one.is_primary), None)
    from_item.image = None
    await session.flush()


async def _lock(
    session: TenantSession, attachment_id: UUID, version: int | None
) -> tuple[Item, Attachment]:
    item_id = await repository.item_of(session, session.workspace_id, attachment_id)
    if item_id is None:
        raise _unknown()
    item = await lock(session, Item, item_id, "item")
    attachment = await lock(session, Attachment, attachment_id, "attachment", version=version)
    if attachment.item_id != item_id:
        raise Conflict("It was moved to another item just now; try again.")
    return item, attachment


async def _show(
    session: TenantSession,
    item: Item,
    siblings: Sequence[Attachment],
    attachment: Attachment | None,
) -> None:
    """Let an attachment, or none, be the one that shows its item."""
    for former in siblings:
        if former.is_primary and former is not attachment:
            former.is_primary = False
            _publish(session, former)
            await session.flush()  # ahead of the next, of which there may be one alone
    if attachment is not None:
        attachment.is_primary = True
    item.image = attachment.id if attachment is not None else None
    if changes := changes_of(item):
        touch(item)
        stage(session, ItemUpdated.of(item, changes=changes))


async def _remove(session: TenantSession, attachments: Sequence[Attachment]) -> None:
    if not attachments:
        return
    for attachment in attachments:
        touch(attachment)
        stage(session, AttachmentDeleted.of(attachment))
    await session.flush()
    for attachment in attachments:
        await session.delete(attachment)
    await session.flush()
    await repository.let_go(session, [one.content_id for one in attachments])


def _publish(session: TenantSession, attachment: Attachment) -> None:
    """Tell of the edits to an attachment that nobody has told of yet."""
    if changes := changes_of(attachment):
        touch(attachment)
        stage(session, AttachmentUpdated.of(attachment, changes=changes))


def _place(siblings: Sequence[Attachment], attachment: Attachment, position: int) -> None:
    """Put an attachment at a place among its siblings, and number them anew."""
    ordered = [one for one in siblings if one is not attachment]
    ordered.insert(position - 1, attachment)
    for number, one in enumerate(ordered, 1):
        if one.position != number:
            one.position = number


def _after(siblings: Sequence[Attachment]) -> int:
    return max((one.position for one in siblings), default=0) + 1


def _next_photo(siblings: Sequence[Attachment]) -> Attachment | None:
    return next((one for one in siblings if one.may_be_primary), None)


def _unknown() -> Problem:
    return NotFound("There is no such attachment in this workspace.")
