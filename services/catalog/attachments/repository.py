"""Queries on attachments; the representation of an attachment is the SQL here."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select

from chassis.database import Source, TenantSession
from chassis.pages import Paging, Where, document, page
from services.catalog.attachments.kinds import Kind
from services.catalog.attachments.models import Attachment

# Long enough for the slowest upload: what is swept earlier is lost to it.
UPLOADS_TAKE = timedelta(hours=1)

SELECT = """
    SELECT a.id, a.workspace_id, a.item_id, a.kind, a.title, a.caption, a.file_name, a.media_type,
           a.size, a.sha256, a.width, a.height,
           CASE WHEN a.width IS NULL THEN '{}'::text[] ELSE '{150,400,800}'::text[] END
           AS thumbnails,
           a.position, a.is_primary, a.version, a.created_at, a.updated_at
    FROM attachments a
"""
_OF_ITEM = (
    select(Attachment)
    .where(
        Attachment.workspace_id == bindparam("workspace_id"),
        Attachment.item_id == bindparam("item_id"),
    )
    .order_by(Attachment.position)
    .with_for_update()
    .execution_options(populate_existing=True)
)


class Room(NamedTuple):
    """How many attachments an item has, and how many bytes all of its workspace's have."""

    of_item: int
    used: int


class Stored(NamedTuple):
    """Where an attachment's content is, and what is told of it."""

    content_id: UUID
    sha256: str
    size: int
    media_type: str
    file_name: str
    is_picture: bool


async def get(source: Source, workspace_id: UUID, attachment_id: UUID) -> list[Any]:
    """One attachment as (version, json), or nothing."""
    return await source.rows(
        f"""
        SELECT r.version, to_json(r) FROM (
            {SELECT} WHERE a.workspace_id = $1 AND a.id = $2
        ) r
        """,
        workspace_id,
        attachment_id,
    )


async def find(
    source: Source, workspace_id: UUID, paging: Paging, *, item_id: UUID | None, kind: Kind | None
) -> bytes:
    """A page of attachments, newest first."""
    where = Where()
    where.add("a.workspace_id = {}", workspace_id)
    if item_id is not None:
        where.add("a.item_id = {}", item_id)
    if kind is not None:
        where.add("a.kind = {}", kind.value)
    return await page(source, SELECT, where, paging, key="a.id")


async def of_item(source: Source, workspace_id: UUID, item_id: UUID) -> bytes | None:
    """All attachments of an item in their order, as a list document; None for no such item."""
    rows = await source.rows(
        f"""
        SELECT coalesce((
            SELECT json_agg(r) FROM (
                {SELECT} WHERE a.workspace_id = $1 AND a.item_id = $2 ORDER BY a.position
            ) r
        ), '[]') FROM items WHERE workspace_id = $1 AND id = $2
        """,
        workspace_id,
        item_id,
    )
    return document(rows[0][0]) if rows else None


async def stored(source: Source, workspace_id: UUID, attachment_id: UUID) -> Stored | None:
    """Where the content of an attachment is; None for no such attachment."""
    rows = await source.rows(
        """
        SELECT content_id, sha256, size, media_type, file_name, width IS NOT NULL
        FROM attachments WHERE workspace_id = $1 AND id = $2
        """,
        workspace_id,
        attachment_id,
    )
    return Stored(*rows[0]) if rows else None


async def room(source: Source, workspace_id: UUID, item_id: UUID) -> Room | None:
    """What counts against the limits; None for no such item."""
    rows = await source.rows(
        """
        SELECT (SELECT count(*) FROM attachments WHERE workspace_id = $1 AND item_id = $2),
               (SELECT coalesce(sum(size), 0)::bigint FROM attachments WHERE workspace_id = $1)
        FROM items WHERE workspace_id = $1 AND id = $2
        """,
        workspace_id,
        item_id,
    )
    return Room(*rows[0]) if rows else None


async def item_of(source: Source, workspace_id: UUID, attachment_id: UUID) -> UUID | None:
    """The item that an attachment belongs to; None for no such attachment."""
    rows = await source.rows(
        "SELECT item_id FROM attachments WHERE workspace_id = $1 AND id = $2",
        workspace_id,
        attachment_id,
    )
    return rows[0][0] if rows else None


async def lock_all(session: TenantSession, item_id: UUID) -> list[Attachment]:
    """All attachments of an item in their order, locked; lock the item first."""
    found = await session.scalars(
        _OF_ITEM, {"workspace_id": session.workspace_id, "item_id": item_id}
    )
    return list(found)


async def alike(source: Source, workspace_id: UUID, sha256: str) -> UUID | None:
    """A content of the workspace that is stored and the same; it may be leaving by now."""
    rows = await source.rows(
        """
        SELECT id FROM attachment_contents
        WHERE workspace_id = $1 AND sha256 = $2 AND is_stored AND NOT is_leaving LIMIT 1
        """,
        workspace_id,
        sha256,
    )
    return rows[0][0] if rows else None


async def announce(session: TenantSession, content_id: UUID, sha256: str) -> None:
    """Note a content before it goes into the store."""
    await session.rows(
        """
        INSERT INTO attachment_contents (id, workspace_id, sha256, sweep_after)
        VALUES ($1, $2, $3, now() + $4)
        """,
        content_id,
        session.workspace_id,
        sha256,
        UPLOADS_TAKE,
    )


async def keep(session: TenantSession, content_id: UUID) -> bool:
    """Hold a content, which is in the store, for an attachment of this transaction; False for one
    that has left or is about to."""
    rows = await session.rows(
        """
        UPDATE attachment_contents SET is_stored = true, sweep_after = NULL
        WHERE workspace_id = $1 AND id = $2 AND NOT is_leaving RETURNING true
        """,
        session.workspace_id,
        content_id,
    )
    return bool(rows)


async def let_go(session: TenantSession, content_ids: Sequence[UUID]) -> None:
    """Have it looked at whether anything needs these contents any more."""
    await session.rows(
        """
        UPDATE attachment_contents c SET sweep_after = now()
        FROM (
            SELECT id FROM attachment_contents
            WHERE workspace_id = $1 AND id = ANY ($2) ORDER BY id FOR UPDATE
        ) o WHERE c.id = o.id
        """,
        session.workspace_id,
        list(content_ids),
    )
