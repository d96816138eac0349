"""HTTP in for the gateway alone: it routes no client here."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from chassis.database import SYSTEM, ScopedReader
from chassis.problems import NotFound
from chassis.requests import database_of
from chassis.responses import json_bytes
from services.auth.internal import repository

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


@router.get("/revoked-sessions")
async def list_revoked_sessions(reader: ReadingAll) -> Response:
    """The sessions that were ended in the last quarter of an hour."""
    return json_bytes(await repository.revoked_sessions(reader))
