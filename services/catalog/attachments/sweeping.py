"""What the clock does: contents that no attachment needs any more leave the store.

One is marked before it is removed, and from then on nobody takes it for a new attachment; its row
goes last, so that what breaks off is done again.
"""

from uuid import UUID

from chassis.database import Database, TenantSession
from chassis.logging import get_logger
from services.catalog.attachments.library import paths_of
from services.catalog.attachments.store import ContentStore

BATCH = 100

log = get_logger(__name__)

_CLAIM = """
    SELECT id, workspace_id FROM attachment_contents
    WHERE sweep_after < now() ORDER BY sweep_after LIMIT $1 FOR UPDATE SKIP LOCKED
"""
# After the claim, in a statement of its own: so that it sees what was attached until then.
_MARK = """
    UPDATE attachment_contents c
    SET is_leaving = NOT used, sweep_after = CASE WHEN used THEN NULL ELSE c.sweep_after END
    FROM (
        SELECT o.id, EXISTS (
            SELECT FROM attachments a
            WHERE a.workspace_id = o.workspace_id AND a.content_id = o.id
        ) AS used
        FROM attachment_contents o WHERE o.id = ANY ($1)
    ) looked
    WHERE c.id = looked.id
    RETURNING c.workspace_id, c.id, c.is_leaving
"""
_FORGET = "DELETE FROM attachment_contents WHERE id = ANY ($1) AND is_leaving"


async def sweep(database: Database, store: ContentStore) -> None:
    """Remove every content that is due and needed by nothing, a batch at a time."""
    while True:
        async with database.system() as session:
            claimed, leaving = await _claim(session)
        for workspace_id, content_id in leaving:
            await store.remove(paths_of(workspace_id, content_id))
        if leaving:
            async with database.system() as session:
                await session.rows(_FORGET, [content_id for _, content_id in leaving])
            log.info("attachments.swept", contents=len(leaving))
        if claimed < BATCH:
            return


async def _claim(session: TenantSession) -> tuple[int, list[tuple[UUID, UUID]]]:
    """How many were looked at, and those that leave: workspace and content."""
    claimed = await session.rows(_CLAIM, BATCH)
    if not claimed:
        return 0, []
    marked = await session.rows(_MARK, [content_id for content_id, _ in claimed])
    return len(claimed), [(workspace, content) for workspace, content, gone in marked if gone]
