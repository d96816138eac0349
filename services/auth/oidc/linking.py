"""Which user it is that signed in at a provider.

The provider's name for them (`sub`) decides once it is known here. Until then an e-mail address
does, and only one that the provider vouches for. If a user here has that address but never proved
it, anybody may have registered with it and be waiting for its owner: then whatever could let them
in ends before the owner gets the account, and nobody else stays in its personal workspace.
"""

from pydantic import TypeAdapter, ValidationError
from uuid_utils.compat import uuid7

from chassis.database import TenantSession, lock_key
from chassis.events import now
from chassis.fields import storable
from chassis.logging import get_logger
from chassis.problems import Forbidden
from services.auth.fields import Email
from services.auth.identities import repository as identities
from services.auth.identities.models import Identity
from services.auth.oidc.id_tokens import Claims
from services.auth.passwords import UNUSABLE
from services.auth.users import repository as users
from services.auth.users import service as user_rules
from services.auth.users.changes import publish
from services.auth.users.eviction import evict
from services.auth.users.models import User

log = get_logger(__name__)
_email: TypeAdapter[str] = TypeAdapter(Email)


class EmailNotVerified(Forbidden):
    code, title = "email-not-verified", "The provider does not vouch for your e-mail address"


class AccountInactive(Forbidden):
    code, title = "account-inactive", "This account is not active"


async def user_of(session: TenantSession, provider: str, claims: Claims) -> User:
    """The user who signed in, locked; linked now, or new, if the provider's name for them was not
    known. Raises `EmailNotVerified` where that would take an address that nobody vouches for."""
    await lock_key(session, f"identity:{provider}:{claims.subject}")
    identity = await identities.by_subject(session, provider, claims.subject)
    if identity is not None:
        user = await users.locked(session, identity.user_id)
        await identities.note_used(session, identity.id, _address(claims))
    else:
        email = _address(claims)
        if email is None:
            raise EmailNotVerified("Confirm your address there, or register with a password here.")
        user = await users.by_email(session, email, locked=True)
        if user is None:
            user = await _registered(session, email, claims)
        elif user.is_active and user.email_verified_at is None:
            await _take_over(session, user)
        _link(session, user, provider, claims.subject, email)
    if user is None or not user.is_active:
        raise AccountInactive("Ask for a password reset: its mail opens the account again.")
    return user


async def to_be_linked(session: TenantSession, provider: str, claims: Claims) -> User | None:
    """The user, of those who were here before and proved their address, whom `user_of` would link;
    None where it links nobody, or somebody who is new or takes an account over."""
    email = _address(claims)
    if email is None or await identities.by_subject(session, provider, claims.subject) is not None:
        return None
    user = await users.by_email(session, email)
    return user if user is not None and user.email_verified_at is not None else None


def _address(claims: Claims) -> str | None:
    """The address that the provider vouches for, if it is one that a user here may have."""
    try:
        email = _email.validate_python(claims.email)
    except ValidationError:
        return None
    return email if storable(email) else None


def _link(session: TenantSession, user: User, provider: str, subject: str, email: str) -> None:
    time = now()
    session.add(
        Identity(
            id=uuid7(),
            user_id=user.id,
            provider=provider,
            subject=subject,
            email=email,
            created_at=time,
            last_used_at=time,
        )
    )


async def _registered(session: TenantSession, email: str, claims: Claims) -> User:
    name = claims.name if claims.name and storable(claims.name) else email.partition("@")[0]
    return await user_rules.add(
        session,
        email=email,
        full_name=name.strip()[:100].strip(),
        password_hash=UNUSABLE,
        email_verified_at=now(),
    )


async def _take_over(session: TenantSession, user: User) -> None:
    log.info("oidc.unverified_account_taken_over", user_id=user.id)
    user.password_hash = UNUSABLE
    user.email_verified_at = now()
    publish(session, user)
    await evict(session, user)
