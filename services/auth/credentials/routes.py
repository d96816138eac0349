"""HTTP in for signing in, going on and signing out.

These answers carry tokens: they are never kept, so that an `Idempotency-Key` has no meaning here.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from chassis.requests import DatabasePart, identity_of
from services.auth.credentials import service
from services.auth.credentials.schemas import Login, Logout, Refresh, TokensOut
from services.auth.keys.routes import Keys
from services.auth.keys.service import LIFETIME, Keyring
from services.auth.passwords import PasswordsPart
from services.auth.sessions.clients import CallingClient
from services.auth.sessions.service import Grant

router = APIRouter(prefix="/v1/auth", tags=["auth"])


async def session_lifetime_of(request: Request) -> timedelta:
    lifetime: timedelta = request.app.state.session_lifetime
    return lifetime


SessionLifetime = Annotated[timedelta, Depends(session_lifetime_of)]


@router.post("/login", response_model=TokensOut)
async def login(
    body: Login,
    response: Response,
    client: CallingClient,
    database: DatabasePart,
    passwords: PasswordsPart,
    keyring: Keys,
    lifetime: SessionLifetime,
) -> TokensOut:
    """Sign in: an access token for ten minutes, and a refresh token to go on with."""
    grant = await service.log_in(
        database,
        passwords,
        email=body.email,
        password=body.password,
        client=client,
        lifetime=lifetime,
    )
    return answer_with_tokens(response, keyring, grant)


@router.post("/refresh", response_model=TokensOut)
async def refresh(
    body: Refresh,
    response: Response,
    client: CallingClient,
    database: DatabasePart,
    keyring: Keys,
    lifetime: SessionLifetime,
) -> TokensOut:
    """New tokens for a refresh token, which is good once. Using one again ends its session,
    except within 20 seconds, for a client that never got its answer."""
    grant = await service.refresh(database, body.refresh_token, client=client, lifetime=lifetime)
    return answer_with_tokens(response, keyring, grant)


@router.post("/logout", status_code=204, openapi_extra={"x-heeds-token": True})
async def logout(request: Request, database: DatabasePart, body: Logout | None = None) -> None:
    """End a session: that of the refresh token, or of the access token that asks."""
    who = identity_of(request)
    text = body.refresh_token if body is not None else None
    await service.log_out(database, text, user_id=who.user_id, session_id=who.session_id)


def answer_with_tokens(response: Response, keyring: Keyring, grant: Grant) -> TokensOut:
    """What a client goes on with, and nothing on the way keeps."""
    response.headers["cache-control"] = "no-store"
    return TokensOut(
        access_token=keyring.access_token(grant.user_id, grant.session_id),
        expires_in=LIFETIME,
        refresh_token=grant.refresh_token.text,
    )
