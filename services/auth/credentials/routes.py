"""HTTP in for signing in, going on and signing out.

These answers carry tokens: they are never kept, so that an `Idempotency-Key` has no meaning here.
A browser may have its refresh token as a cookie; what a body carries goes before it.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from chassis.requests import DatabasePart, identity_of
from services.auth.credentials import service
from services.auth.credentials.cookies import Cookie, RefreshCookie
from services.auth.credentials.schemas import Login, Logout, Refresh, TokensOut
from services.auth.credentials.service import InvalidRefreshToken
from services.auth.guard import GuardPart
from services.auth.keys.routes import Keys
from services.auth.keys.service import LIFETIME, Keyring
from services.auth.sessions.clients import CallingClient
from services.auth.sessions.service import Grant

router = APIRouter(prefix="/v1/auth", tags=["auth"])


async def session_lifetime_of(request: Request) -> timedelta:
    lifetime: timedelta = request.app.state.session_lifetime
    return lifetime


SessionLifetime = Annotated[timedelta, Depends(session_lifetime_of)]


@router.post("/login", response_model=TokensOut, response_model_exclude_none=True)
async def login(
    body: Login,
    response: Response,
    client: CallingClient,
    guard: GuardPart,
    keyring: Keys,
    lifetime: SessionLifetime,
    cookie: Cookie,
) -> TokensOut:
    """Sign in: an access token for ten minutes, and a refresh token to go on with. An account with
    a second factor takes a `code` as well (else 401, `second-factor-required`). After too many
    failures, 429 tells in `Retry-After` how many seconds to wait."""
    if body.cookie:
        cookie.check_site()
    given = service.Login(body.email, body.password, body.code)
    grant = await service.log_in(guard, given, client=client, lifetime=lifetime)
    return answer_with_tokens(response, keyring, grant, cookie if body.cookie else None, lifetime)


@router.post("/refresh", response_model=TokensOut, response_model_exclude_none=True)
async def refresh(
    response: Response,
    client: CallingClient,
    guard: GuardPart,
    keyring: Keys,
    lifetime: SessionLifetime,
    cookie: Cookie,
    body: Refresh | None = None,
) -> TokensOut:
    """New tokens for a refresh token, which is good once. Using one again ends its session,
    except within 20 seconds, for a client that never got its answer. Without one in the body, that
    of the cookie is used, and the next one is a cookie, too."""
    given = body.refresh_token if body is not None else None
    if given is not None:
        grant = await service.refresh(guard, given, client=client, lifetime=lifetime)
        return answer_with_tokens(response, keyring, grant, None, lifetime)
    if cookie.text is None:
        raise InvalidRefreshToken("Send a refresh_token, or sign in.")
    cookie.check_site()
    try:
        grant = await service.refresh(guard, cookie.text, client=client, lifetime=lifetime)
    except InvalidRefreshToken as refusal:
        refusal.headers["Set-Cookie"] = cookie.clearing
        raise
    return answer_with_tokens(response, keyring, grant, cookie, lifetime)


@router.post("/logout", status_code=204, openapi_extra={"x-heeds-token": True})
async def logout(
    request: Request,
    response: Response,
    database: DatabasePart,
    cookie: Cookie,
    body: Logout | None = None,
) -> None:
    """End a session: that of the refresh token in the body, else of the cookie, else of the access
    token that asks."""
    who = identity_of(request)
    text = body.refresh_token if body is not None else None
    if text is None and cookie.text is not None:
        cookie.check_site()
        text = cookie.text
        cookie.clear(response)
    await service.log_out(database, text, user_id=who.user_id, session_id=who.session_id)


def answer_with_tokens(
    response: Response,
    keyring: Keyring,
    grant: Grant,
    cookie: RefreshCookie | None,
    lifetime: timedelta,
) -> TokensOut:
    """What a client goes on with, and nothing on the way keeps: the refresh token as a cookie where
    that was asked for, else in the body."""
    response.headers["cache-control"] = "no-store"
    if cookie is not None:
        cookie.set(response, grant.refresh_token.text, int(lifetime.total_seconds()))
    return TokensOut(
        access_token=keyring.access_token(grant.user_id, grant.session_id),
        expires_in=LIFETIME,
        refresh_token=grant.refresh_token.text if cookie is None else None,
    )
