"""HTTP in for users: registration and one's own profile."""

from fastapi import APIRouter, Request, Response

from chassis.database import SYSTEM
from chassis.idempotency import PARAMETER, IdempotencyKey
from chassis.requests import (
    DatabasePart,
    ExpectedVersion,
    Reading,
    UserId,
    Writing,
    identity_of,
)
from chassis.responses import created, one
from chassis.unit_of_work import UnitOfWork
from services.auth.passwords import PasswordsPart, check_strength
from services.auth.users import repository, service
from services.auth.users.schemas import (
    AccountDeletion,
    PasswordChange,
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
    request: Request, body: Registration, database: DatabasePart, passwords: PasswordsPart
) -> Response:
    """Register; makes a personal workspace, too. Sign in next."""
    check_strength("password", body.password, body.email, body.full_name)
    password_hash = await passwords.hash(body.password)
    # The key covers what is no secret: a hash of the password has no business in that table.
    key = await IdempotencyKey.of(
        request,
        f"anonymous:{identity_of(request).address}",
        body=f"{body.email}\n{body.full_name}".encode(),
    )
    async with database.session(SYSTEM) as session:
        earlier = await key.claim(session) if key is not None else None
        if earlier is not None and earlier.response is not None:
            return earlier.response
        user_id = await service.register(session, body, password_hash)
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
async def change_password(
    request: Request,
    body: PasswordChange,
    user_id: UserId,
    database: DatabasePart,
    passwords: PasswordsPart,
) -> None:
    """Change your password; ends your other sessions."""
    session_id = identity_of(request).session_id
    await service.change_password(database, passwords, user_id, session_id, body)


@secret_router.delete("/v1/me", status_code=204)
async def delete_me(
    body: AccountDeletion, user_id: UserId, database: DatabasePart, passwords: PasswordsPart
) -> None:
    """Delete your account, your personal workspace and your memberships for good."""
    await service.delete_account(database, passwords, user_id, body.password)
