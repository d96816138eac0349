"""The use cases of the second factor."""

from enum import Enum, auto
from uuid import UUID

from chassis.database import TenantSession
from chassis.events import now
from chassis.problems import Conflict, Invalid, Unauthenticated, invalid
from chassis.scope import SYSTEM
from chassis.sealing import Sealer
from services.auth.credentials.confirmation import Caller, confirm
from services.auth.guard import Guard
from services.auth.mails.security import Happening, warn
from services.auth.second_factor import codes, repository
from services.auth.second_factor.models import SecondFactor
from services.auth.sessions import service as sessions
from services.auth.sessions.clients import Client
from services.auth.throttling.limits import Attempt, Purpose
from services.auth.users import repository as users
from services.auth.users.models import User


class AlreadyEnabled(Conflict):
    code, title = "second-factor-enabled", "A second factor is in use already"


class NotEnabled(Conflict):
    code, title = "no-second-factor", "There is no second factor yet"


class Verdict(Enum):
    """What a code was found to be."""

    RIGHT = auto()
    RECOVERY = auto()
    WRONG = auto()


async def is_asked_for(session: TenantSession, user_id: UUID) -> bool:
    """Whether signing in takes a code of this user."""
    factor = await repository.locked(session, user_id)
    return factor is not None and factor.confirmed_at is not None


async def check(
    session: TenantSession, guard: Guard, user: User, code: str, client: Client
) -> bool:
    """Use a code up; whether it was right. A wrong one is counted, which stands once this
    transaction commits; a recovery code is told of by mail. Raises `TooManyAttempts`."""
    attempt = _attempt(user, client)
    await guard.throttle.check(session, attempt)
    verdict = await _verdict(session, guard.secrets, user.id, code)
    if verdict is Verdict.WRONG:
        await guard.throttle.take(session, attempt)
        return False
    if verdict is Verdict.RECOVERY:
        warn(session, guard.mail, user, Happening.RECOVERY_CODE_USED, client)
    await guard.throttle.forgive(session, attempt)
    return True


async def enrol(guard: Guard, caller: Caller, password: str) -> tuple[str, str]:
    """A new secret and its URI; in force once a code of it was confirmed. Raises
    `AlreadyEnabled`."""
    confirmed = await confirm(guard, caller, "password", password)
    secret = codes.new_secret()
    async with guard.database.session(SYSTEM) as session:
        user = await _locked(session, caller.user_id)
        if await is_asked_for(session, user.id):
            raise AlreadyEnabled("Remove it first, then add the new one.")
        await repository.remove(session, user.id)
        session.add(
            SecondFactor(
                user_id=user.id,
                sealed_secret=guard.secrets.seal(secret.encode()),
                created_at=now(),
                confirmed_at=None,
                last_step=0,
            )
        )
    return secret, codes.uri(secret, confirmed.user.email)


async def confirm_enrolment(guard: Guard, caller: Caller, code: str) -> list[str]:
    """Put the second factor in force with a code of it; its recovery codes. Raises a problem on
    `code` for a wrong one, `NotEnabled` or `AlreadyEnabled`."""
    async with guard.database.session(SYSTEM) as session:
        user = await _locked(session, caller.user_id)
        client = await sessions.client_of(session, caller.session_id)
        factor = await repository.locked(session, user.id)
        if factor is None:
            raise NotEnabled("Begin with POST /v1/me/second-factor.")
        if factor.confirmed_at is not None:
            raise AlreadyEnabled("It was confirmed before.")
        fresh: list[str] = []
        right = await check(session, guard, user, code, client)
        if right:
            factor.confirmed_at = now()
            fresh = await _fresh_codes(session, user.id)
            warn(session, guard.mail, user, Happening.SECOND_FACTOR_ENABLED, client)
    if not right:
        raise _wrong_code()
    return fresh


async def renew_recovery_codes(guard: Guard, caller: Caller, password: str, code: str) -> list[str]:
    """Ten new recovery codes; the old ones are good no more."""
    confirmed = await confirm(guard, caller, "password", password)
    fresh: list[str] = []
    async with guard.database.session(SYSTEM) as session:
        user = await _enabled(session, caller.user_id)
        right = await check(session, guard, user, code, confirmed.client)
        if right:
            fresh = await _fresh_codes(session, user.id)
    if not right:
        raise _wrong_code()
    return fresh


async def disable(guard: Guard, caller: Caller, password: str, code: str) -> None:
    """Let signing in take the password alone again."""
    confirmed = await confirm(guard, caller, "password", password)
    async with guard.database.session(SYSTEM) as session:
        user = await _enabled(session, caller.user_id)
        right = await check(session, guard, user, code, confirmed.client)
        if right:
            await repository.remove(session, user.id)
            warn(session, guard.mail, user, Happening.SECOND_FACTOR_DISABLED, confirmed.client)
    if not right:
        raise _wrong_code()


async def _verdict(session: TenantSession, secrets: Sealer, user_id: UUID, code: str) -> Verdict:
    if not (len(code) == 6 and code.isascii() and code.isdigit()):
        known = await repository.use_code(session, user_id, codes.recovery_hash(user_id, code))
        return Verdict.RECOVERY if known else Verdict.WRONG
    factor = await repository.locked(session, user_id)
    if factor is None:
        return Verdict.WRONG
    secret = secrets.open(factor.sealed_secret).decode()
    step = codes.step_of(secret, code, after=factor.last_step)
    if step is None:
        return Verdict.WRONG
    factor.last_step = step
    return Verdict.RIGHT


async def _fresh_codes(session: TenantSession, user_id: UUID) -> list[str]:
    fresh = codes.new_recovery_codes()
    await session.flush()
    hashes = [codes.recovery_hash(user_id, code) for code in fresh]
    await repository.replace_codes(session, user_id, hashes)
    return fresh


async def _enabled(session: TenantSession, user_id: UUID) -> User:
    user = await _locked(session, user_id)
    if not await is_asked_for(session, user.id):
        raise NotEnabled("Begin with POST /v1/me/second-factor.")
    return user


async def _locked(session: TenantSession, user_id: UUID) -> User:
    user = await users.locked(session, user_id)
    if user is None or not user.is_active:
        raise Unauthenticated
    return user


def _attempt(user: User, client: Client) -> Attempt:
    return Attempt(Purpose.SECOND_FACTOR, str(user.id), client.ip)


def _wrong_code() -> Invalid:
    return invalid(
        "code", "This code is wrong or was used; take the one that the app shows now.", "wrong"
    )
