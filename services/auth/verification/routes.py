"""HTTP in for verification."""

from fastapi import APIRouter, Request, Response

from chassis.requests import Reading, Writing
from chassis.responses import one
from chassis.unit_of_work import UnitOfWork
from services.auth.credentials.confirmation import SignedIn
from services.auth.guard import GuardPart
from services.auth.sessions import service as sessions
from services.auth.users import repository as users
from services.auth.users.schemas import UserOut
from services.auth.verification import service
from services.auth.verification.schemas import EmailChange, EmailVerification, MailOnItsWay

router = APIRouter(tags=["users"], route_class=UnitOfWork)
# Requests with a password hash it between transactions, and open their own.
secret_router = APIRouter(tags=["users"])


@router.post("/v1/auth/verify-email", status_code=204)
async def verify_email(body: EmailVerification, session: Writing) -> None:
    """Verify your e-mail address with what was mailed there."""
    await service.verify(session, body.token)


@router.post("/v1/me/verify-email", status_code=202, response_model=MailOnItsWay)
async def ask_for_verification(
    caller: SignedIn, session: Writing, guard: GuardPart
) -> MailOnItsWay:
    """Have another mail sent that verifies your address; its link is good for an hour."""
    client = await sessions.client_of(session, caller.session_id)
    await service.send_again(session, guard.mail, guard.throttle, caller.user_id, client)
    return MailOnItsWay(message="A mail is on its way; its link is good for an hour.")


@secret_router.put("/v1/me/email", response_model=UserOut)
async def change_email(
    request: Request, body: EmailChange, caller: SignedIn, guard: GuardPart, reader: Reading
) -> Response:
    """Change your e-mail address. You sign in with the new one from now on; a mail goes there to
    verify it, and another to the old one."""
    await service.change_email(guard, caller, body.email, body.password)
    return one(request, await users.get(reader, caller.user_id), "user")
