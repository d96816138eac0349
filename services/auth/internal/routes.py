"""HTTP in for the gateway alone: it routes no client here."""

import re
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from chassis.fields import Moment
from chassis.problems import NotFound
from chassis.reader import ScopedReader
from chassis.requests import DatabasePart, database_of
from chassis.responses import json_bytes
from chassis.scope import SYSTEM
from services.auth.access_tokens import repository as tokens
from services.auth.internal import repository
from services.auth.internal.schemas import UsedTokens

_SHA256 = re.compile("[0-9a-f]{64}")

router = APIRouter(prefix="/internal", include_in_schema=False)


async def reader_of_all(request: Request) -> ScopedReader:
    return database_of(request).reader.within(SYSTEM)


ReadingAll = Annotated[ScopedReader, Depends(reader_of_all)]


@router.get("/memberships/{workspace_id}/{user_id}")
async def get_membership(workspace_id: UUID, user_id: UUID, reader: ReadingAll) -> Response:
    """What a user may do in a workspace; 404 for one who is no member."""
    membership = await repository.membership(reader, workspace_id, user_id)
    if membership is None:
        raise NotFound
    return json_bytes(membership)


@router.get("/access-tokens/{digest}")
async def get_access_token(digest: str, reader: ReadingAll) -> Response:
    """Whose token has this SHA-256 (hexadecimal), and how far it reaches; 404 for one that is
    unknown, expired or revoked, or whose user is not active."""
    known = await tokens.known(reader, bytes.fromhex(digest)) if _SHA256.fullmatch(digest) else None
    if known is None:
        raise NotFound
    return json_bytes(known)


@router.post("/access-tokens/used", status_code=204)
async def note_used_access_tokens(body: UsedTokens, database: DatabasePart) -> None:
    """Note when tokens were last used; an older report than the last changes nothing."""
    async with database.session(SYSTEM) as session:
        await tokens.note_used(session, body.used)


@router.get("/revoked-sessions")
async def list_revoked_sessions(reader: ReadingAll, since: Moment | None = None) -> Response:
    """The sessions that were ended in the last quarter of an hour, or since then."""
    return json_bytes(await repository.revoked_sessions(reader, since))
