"""HTTP in for one's own access tokens: in a session alone, so that no token makes another.

The answer to a POST carries the token: it is never kept, so that an `Idempotency-Key` has no
meaning there.
"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from chassis.requests import (
    DatabasePart,
    ExpectedVersion,
    Page,
    Reading,
    SignedInUserId,
    Writing,
)
from chassis.responses import json_bytes, one
from chassis.scope import Scope
from chassis.unit_of_work import UnitOfWork
from services.auth.access_tokens import repository, service
from services.auth.access_tokens.schemas import (
    NewTokenOut,
    TokenCreate,
    TokenOut,
    TokenPage,
    TokenPatch,
)
from services.auth.credentials.confirmation import SignedIn
from services.auth.mails.sealing import MailSealer

router = APIRouter(prefix="/v1/me/tokens", tags=["access tokens"], route_class=UnitOfWork)
secret_router = APIRouter(prefix="/v1/me/tokens", tags=["access tokens"])


@router.get("", response_model=TokenPage)
async def list_tokens(user_id: SignedInUserId, reader: Reading, page: Page) -> Response:
    """Your access tokens, newest first; revoked ones are gone."""
    return json_bytes(await repository.find(reader, user_id, page))


@secret_router.post("", status_code=201, response_model=NewTokenOut)
async def create_token(
    body: TokenCreate, caller: SignedIn, database: DatabasePart, mail: MailSealer
) -> Response:
    """Make an access token for scripts; its text is in this answer and never again. A mail tells
    you of it."""
    user_id = caller.user_id
    async with database.session(Scope(user_id=user_id)) as session:
        token_id, text = await service.create(session, caller, body, mail=mail)
        rows = await repository.get(session, user_id, token_id)
    return shown_once(rows, text, f"/v1/me/tokens/{token_id}")


@router.get("/{token_id}", response_model=TokenOut)
async def get_token(
    request: Request, token_id: UUID, user_id: SignedInUserId, reader: Reading
) -> Response:
    """One of your access tokens, without its text."""
    return one(request, await repository.get(reader, user_id, token_id), "access token")


@router.patch("/{token_id}", response_model=TokenOut)
async def rename_token(
    request: Request,
    token_id: UUID,
    body: TokenPatch,
    user_id: SignedInUserId,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Rename an access token."""
    await service.update(session, user_id, token_id, body, version)
    return one(request, await repository.get(session, user_id, token_id), "access token")


@router.delete("/{token_id}", status_code=204)
async def revoke_token(
    token_id: UUID, user_id: SignedInUserId, session: Writing, version: ExpectedVersion
) -> None:
    """Revoke an access token; it is refused at once and gone for good."""
    await service.revoke(session, user_id, token_id, version)


def shown_once(rows: Sequence[Any], text: str, location: str) -> Response:
    """201 with a new token and its text, for nobody to keep but its maker."""
    [(version, body)] = rows
    headers = {"etag": f'"{version}"', "location": location, "cache-control": "no-store"}
    return JSONResponse(json.loads(body) | {"token": text}, 201, headers)
