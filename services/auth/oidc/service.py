"""The use cases of signing in at another provider.

A sign-in is bound three ways: to the browser that began it by a secret, to this platform at the
provider by PKCE, and to the ID token by a nonce; its state is good once.
"""

import base64
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.database import Database, TenantSession
from chassis.events import now
from chassis.problems import invalid
from chassis.scope import SYSTEM
from chassis.sealing import Sealer
from services.auth.credentials.service import SecondFactorRequired, WrongCode
from services.auth.guard import Guard
from services.auth.oidc import linking, repository
from services.auth.oidc.id_tokens import Claims, hashed
from services.auth.oidc.models import Attempt
from services.auth.oidc.providers import Provider, SignInFailed
from services.auth.oidc.schemas import Callback
from services.auth.second_factor import service as second_factors
from services.auth.sessions import service as sessions
from services.auth.sessions.clients import Client
from services.auth.sessions.service import Grant

LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Started:
    """A sign-in that was begun: where to send the browser, and what its page has to keep."""

    authorization_url: str
    secret: str
    expires_at: datetime


async def start(
    database: Database,
    sealer: Sealer,
    provider: Provider,
    *,
    redirect_uri: str,
    allowed: Collection[str],
) -> Started:
    """Begin a sign-in that comes back to `redirect_uri`, one of those `allowed`."""
    if redirect_uri not in allowed:
        raise invalid("redirect_uri", "It is not among those that this platform's operator allows.")
    state, nonce, secret, code_verifier = (secrets.token_urlsafe(32) for _ in range(4))
    url = await provider.authorization_url(
        redirect_uri=redirect_uri,
        state=state,
        nonce=nonce,
        code_challenge=base64.urlsafe_b64encode(hashed(code_verifier)).rstrip(b"=").decode(),
    )
    expires_at = now() + LIFETIME
    async with database.session(SYSTEM) as session:
        session.add(
            Attempt(
                state_hash=hashed(state),
                provider=provider.id,
                secret_hash=hashed(secret),
                nonce_hash=hashed(nonce),
                code_verifier=sealer.seal(code_verifier.encode()),
                redirect_uri=redirect_uri,
                expires_at=expires_at,
            )
        )
    return Started(url, secret, expires_at)


async def finish(
    guard: Guard,
    provider: Provider,
    body: Callback,
    *,
    client: Client,
    lifetime: timedelta,
) -> Grant:
    """Begin a session for who comes back from the provider. Raises `SignInFailed`, and as signing
    in with a password does for an account with a second factor that is not linked yet: a mailbox
    that somebody else got into is not enough. The attempt is over in any case."""
    async with guard.database.session(SYSTEM) as session:
        attempt = await repository.take(session, provider.id, hashed(body.state))
    if attempt is None or not hmac.compare_digest(attempt.secret_hash, hashed(body.secret)):
        raise SignInFailed(
            "It was begun elsewhere, used before, or took longer than ten minutes; begin again."
        )
    await provider.check_issuer(body.iss)
    claims = await provider.claims(
        body.code,
        redirect_uri=attempt.redirect_uri,
        code_verifier=guard.secrets.open(attempt.code_verifier).decode(),
        nonce_hash=attempt.nonce_hash,
    )
    async with guard.database.session(SYSTEM) as session:
        right = await _may_be_linked(session, guard, provider, claims, body.second_factor, client)
    if not right:
        raise WrongCode
    async with guard.database.session(SYSTEM) as session:
        user = await linking.user_of(session, provider.id, claims)
        return await sessions.begin(session, user.id, client, lifetime)


async def _may_be_linked(
    session: TenantSession,
    guard: Guard,
    provider: Provider,
    claims: Claims,
    code: str | None,
    client: Client,
) -> bool:
    """Whether the code is that of the second factor, where one is asked for."""
    user = await linking.to_be_linked(session, provider.id, claims)
    if user is None or not await second_factors.is_asked_for(session, user.id):
        return True
    if code is None:
        raise SecondFactorRequired(
            "Begin again, and send `second_factor` with the callback, this once: six digits of "
            "your authenticator app, or a recovery code."
        )
    return await second_factors.check(session, guard, user, code, client)


async def forget(database: Database) -> None:
    """Drop the sign-ins that never came back."""
    async with database.session(SYSTEM) as session:
        await repository.forget(session)
