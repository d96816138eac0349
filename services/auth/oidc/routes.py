"""HTTP in for signing in at other providers.

The answers carry secrets: they are never kept, so that an `Idempotency-Key` has no meaning here.
"""

from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from chassis.requests import DatabasePart
from chassis.sealing import Sealer
from services.auth.credentials.cookies import Cookie
from services.auth.credentials.routes import SessionLifetime, answer_with_tokens
from services.auth.credentials.schemas import TokensOut
from services.auth.guard import GuardPart
from services.auth.keys.routes import Keys
from services.auth.oidc import service
from services.auth.oidc.providers import Providers
from services.auth.oidc.schemas import Callback, ProviderList, ProviderOut, StartOut
from services.auth.sessions.clients import CallingClient

router = APIRouter(prefix="/v1/auth/oidc", tags=["auth"])


async def providers_of(request: Request) -> Providers:
    providers: Providers = request.app.state.providers
    return providers


async def redirect_uris_of(request: Request) -> Collection[str]:
    allowed: Collection[str] = request.app.state.redirect_uris
    return allowed


async def sealer_of(request: Request) -> Sealer:
    sealer: Sealer = request.app.state.sealer
    return sealer


ProvidersPart = Annotated[Providers, Depends(providers_of)]
AllowedUris = Annotated[Collection[str], Depends(redirect_uris_of)]
SealerPart = Annotated[Sealer, Depends(sealer_of)]


@router.get("", response_model=ProviderList)
async def list_providers(providers: ProvidersPart) -> ProviderList:
    """The providers that you may sign in with, beside a password."""
    return ProviderList(items=[ProviderOut(id=one.id, name=one.name) for one in providers])


# It keeps something for whoever asks, so it is counted with what tries to sign in.
@router.get(
    "/{provider_id}/start", response_model=StartOut, openapi_extra={"x-rate-class": "login"}
)
async def start(
    provider_id: str,
    redirect_uri: Annotated[
        str, Query(max_length=500, description="Where to come back to; one that is allowed")
    ],
    response: Response,
    database: DatabasePart,
    sealer: SealerPart,
    providers: ProvidersPart,
    allowed: AllowedUris,
) -> StartOut:
    """Begin to sign in: send the browser to `authorization_url`. It comes back to `redirect_uri`
    with `code` and `state`, to be posted to the callback with the `secret` within ten minutes."""
    started = await service.start(
        database, sealer, providers.of(provider_id), redirect_uri=redirect_uri, allowed=allowed
    )
    response.headers["cache-control"] = "no-store"
    return StartOut(
        authorization_url=started.authorization_url,
        secret=started.secret,
        expires_at=started.expires_at,
    )


@router.post("/{provider_id}/callback", response_model=TokensOut, response_model_exclude_none=True)
async def finish(
    provider_id: str,
    body: Callback,
    response: Response,
    client: CallingClient,
    guard: GuardPart,
    providers: ProvidersPart,
    keyring: Keys,
    lifetime: SessionLifetime,
    cookie: Cookie,
) -> TokensOut:
    """Come back from a provider: an access token and a refresh token, as by a password. Who is new
    is registered; who registered with the same e-mail is the same, if it is verified there. An
    account with a second factor takes `second_factor` as well the first time."""
    if body.cookie:
        cookie.check_site()
    grant = await service.finish(
        guard, providers.of(provider_id), body, client=client, lifetime=lifetime
    )
    return answer_with_tokens(response, keyring, grant, cookie if body.cookie else None, lifetime)
