"""The words that a workspace knows, against which typos are corrected.

They follow items a moment later: triggers note which items were written, and a schedule takes in
their words. A word stays when the last item that had it goes: it then leads to nothing.
"""

from chassis.database import Database
from chassis.scope import SYSTEM

BATCH = 2_000  # items in one transaction
_ANY = "SELECT true FROM search_queue LIMIT 1"
_TAKE = f"""
    WITH taken AS (
        DELETE FROM search_queue WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM search_queue LIMIT {BATCH} FOR UPDATE SKIP LOCKED
        )) RETURNING workspace_id, item_id
    ), words AS (
        SELECT DISTINCT t.workspace_id, substr(l.lexeme, 12) AS word
        FROM taken t
        JOIN items i ON i.workspace_id = t.workspace_id AND i.id = t.item_id,
        unnest(i.search) l
        WHERE l.weights IS NOT NULL AND NOT l.weights <@ '{{C}}'
          AND substr(l.lexeme, 12) !~ '[0-9]' AND length(l.lexeme) BETWEEN 15 AND 41
    ), noted AS (
        INSERT INTO search_words (workspace_id, word, keys)
        SELECT w.workspace_id, w.word,
            search_keys(search_space(w.workspace_id), search_variants(w.word))
        FROM words w
        WHERE NOT EXISTS (
            SELECT FROM search_words s WHERE s.workspace_id = w.workspace_id AND s.word = w.word
        )
        ORDER BY w.workspace_id, w.word
        ON CONFLICT DO NOTHING
    )
    SELECT count(*) FROM taken
"""


async def take_in(database: Database) -> int:
    """Note the words of items that were written since the last time; how many items that were. One
    of several replicas does it, the others find nothing to do."""
    # Nearly always there is nothing: one statement says so, where a transaction takes several.
    if not await database.reader.within(SYSTEM).rows(_ANY):
        return 0
    taken = 0
    while True:
        async with database.system() as session:
            [(mine,)] = await session.rows(
                "SELECT pg_try_advisory_xact_lock(hashtext('search_words'))"
            )
            if not mine:
                return taken
            [(count,)] = await session.rows(_TAKE)
        taken += int(count)
        if count < BATCH:
            return taken
