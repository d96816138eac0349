"""What analytics tells a member who is restricted to location subtrees: nothing of the whole."""

from collections.abc import Callable
from uuid import UUID, uuid4

import httpx

from chassis.identity import MemberRole


async def test_the_whole_is_not_for_who_sees_a_part(
    caller: Callable[..., httpx.AsyncClient], workspace_id: UUID
) -> None:
    """Every route is refused with what to do instead; without a restriction none is."""
    mine, theirs = (
        caller("analytics", workspace_id=workspace_id, role=MemberRole.VIEWER, locations=locations)
        for locations in (frozenset({uuid4()}), None)
    )
    document = (await theirs.get("/openapi.json")).json()
    paths = [path for path in document["paths"] if "{workspace_id}" in path]
    assert len(paths) >= 3
    for path in paths:
        where = path.format(workspace_id=workspace_id)
        assert (await theirs.get(where)).status_code == 200, path
        refused = await mine.get(where)
        assert (refused.status_code, refused.json()["code"]) == (403, "restricted"), path
        assert "ask an admin" in refused.json()["detail"]
