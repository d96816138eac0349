"""How far the access token that a request came with reaches, on routes outside any workspace.

Inside of one the gateway sees to it: to a token of another workspace, there is none such.
"""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from chassis.problems import Unauthenticated
from chassis.requests import Reading, identity_of
from services.auth.access_tokens import repository


async def limit_of(request: Request, reader: Reading) -> UUID | None:
    """The one workspace that the caller's token opens; None for a caller without such a bound."""
    token_id = identity_of(request).token_id
    if token_id is None:
        return None
    found = await repository.workspace_of(reader, token_id)
    if not found:
        raise Unauthenticated("This access token was revoked; use another one, or sign in.")
    return found[0]


TokenLimit = Annotated[UUID | None, Depends(limit_of)]
