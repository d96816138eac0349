"""HTTP in for users: registration and one's own profile."""

from fastapi import APIRouter, Request, Response

from chassis.idempotency import PARAMETER, IdempotencyKey
from chassis.requests import ExpectedVersion, Reading, UserId, Writing
from chassis.responses import created, one
from chassis.scope import SYSTEM
from chassis.unit_of_work import UnitOfWork
from services.auth.credentials.confirmation import SignedIn
from services.auth.guard import GuardPart
from services.auth.passwords import check_strength
from services.auth.sessions.clients import CallingClient
from services.auth.throttling.limits import Attempt, Purpose
from services.auth.users import repository, service
from services.auth.users.schemas import (
    PasswordChange,
    PasswordGiven,
    Registration,
    UserOut,
    UserPatch,
)

router = APIRouter(tags=["users"], route_class=UnitOfWork)
# Requests with a password hash it between transactions, and open their own.
secret_router = APIRouter(tags=["users"])


@secret_router.post(
    "/v1/auth/register",
    status_code=201,
    response_model=UserOut,
    openapi_extra={"parameters": [PARAMETER]},
)
async def register(
    request: Request, body: Registration, client: CallingClient, guard: GuardPart
) -> Response:
    """Register; makes a personal workspace, too. Sign in next; a mail asks to verify the
    address."""
    check_strength("password", body.password, body.email, body.full_name)
    async with guard.database.session(SYSTEM) as session:
        attempt = Attempt(Purpose.REGISTRATION, body.email, client.ip)
        await guard.throttle.take(session, attempt)
    password_hash = await guard.passwords.hash(body.password)
    # The key covers what is no secret: a hash of the password has no business in that table.
    key = await IdempotencyKey.of(
        request,
        f"anonymous:{client.ip}",
        body=f"{body.email}\n{body.full_name}".encode(),
    )
    async with guard.database.session(SYSTEM) as session:
        earlier = await key.claim(session) if key is not None else None
        if earlier is not None and earlier.response is not None:
            return earlier.response
        user_id = await service.register(session, guard.mail, body, password_hash, client)
        answer = created(await repository.get(session, user_id), "/v1/me")
        if key is not None:
            await key.keep(session, answer)
    return answer


@router.get("/v1/me", response_model=UserOut)
async def get_me(request: Request, user_id: UserId, reader: Reading) -> Response:
    """Your profile."""
    return one(request, await repository.get(reader, user_id), "user")


@router.patch("/v1/me", response_model=UserOut)
async def update_me(
    request: Request, body: UserPatch, user_id: UserId, session: Writing, version: ExpectedVersion
) -> Response:
    """Change your profile."""
    await service.update(session, user_id, body, version)
    return one(request, await repository.get(session, user_id), "user")


@secret_router.post("/v1/me/password", status_code=204)
async def change_password(body: PasswordChange, caller: SignedIn, guard: GuardPart) -> None:
    """Change your password; ends your other sessions."""
    await service.change_password(guard, caller, body)


@secret_router.post("/v1/me/deactivate", status_code=204)
async def deactivate_me(body: PasswordGiven, caller: SignedIn, guard: GuardPart) -> None:
    """Close your account for the time being: you are signed out everywhere and can't sign in, and
    your access tokens end. What is yours stays. Ask for a password reset to open it again."""
    await service.deactivate(guard, caller, body.password)


@secret_router.delete("/v1/me", status_code=204)
async def delete_me(body: PasswordGiven, caller: SignedIn, guard: GuardPart) -> None:
    """Delete your account, your personal workspace and your memberships for good."""
    await service.delete_account(guard, caller, body.password)
