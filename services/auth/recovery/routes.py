"""HTTP in for recovery."""

from fastapi import APIRouter, BackgroundTasks

from services.auth.guard import GuardPart
from services.auth.recovery import service
from services.auth.recovery.schemas import Reset, ResetRequest
from services.auth.sessions.clients import CallingClient
from services.auth.verification.schemas import MailOnItsWay

router = APIRouter(prefix="/v1/auth/password-reset", tags=["auth"])


@router.post("", status_code=202, response_model=MailOnItsWay)
async def ask_for_reset(
    body: ResetRequest, client: CallingClient, guard: GuardPart, later: BackgroundTasks
) -> MailOnItsWay:
    """Have a mail sent with a link that sets a new password. The answer is the same, and as
    quick, whether or not anybody has this address."""
    await service.ask(guard, body.email, client)
    # After the answer: how long it takes would tell whether there is an account.
    later.add_task(service.send, guard, body.email, client)
    return MailOnItsWay(
        message="If there is an account with this address, a mail is on its way there; "
        "its link is good for an hour."
    )


@router.post("/confirm", status_code=204)
async def reset_password(body: Reset, client: CallingClient, guard: GuardPart) -> None:
    """Set a new password with what was mailed. Every session ends: sign in next. A deactivated
    account is active again. If you had not verified your address before, access tokens,
    sign-in elsewhere and a second factor end as well, and nobody else stays in your personal
    workspace: whoever registered need not have been you."""
    await service.reset(guard, body.token, body.password, client)
