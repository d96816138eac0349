"""HTTP in for the second factor.

Most answers here are secrets or take a password: they are never kept, so that an
`Idempotency-Key` has no meaning.
"""

from fastapi import APIRouter, Response

from chassis.problems import Unauthenticated
from chassis.requests import Reading, SignedInUserId
from chassis.responses import json_bytes
from services.auth.credentials.confirmation import SignedIn
from services.auth.guard import GuardPart
from services.auth.second_factor import repository, service
from services.auth.second_factor.schemas import (
    Enrolment,
    EnrolmentConfirmation,
    EnrolmentOut,
    PasswordAndCode,
    RecoveryCodesOut,
    SecondFactorOut,
)

router = APIRouter(prefix="/v1/me/second-factor", tags=["me"])


@router.get("", response_model=SecondFactorOut)
async def get_second_factor(user_id: SignedInUserId, reader: Reading) -> Response:
    """Whether you have a second factor, and how many recovery codes are left."""
    rows = await repository.get(reader, user_id)
    if not rows:
        raise Unauthenticated
    return json_bytes(rows[0][0])


@router.post("", response_model=EnrolmentOut)
async def enrol(
    body: Enrolment, caller: SignedIn, guard: GuardPart, response: Response
) -> EnrolmentOut:
    """Begin with an authenticator app: a secret for it. Signing in takes no code before you
    confirm one; asked again before that, there is a new secret."""
    secret, uri = await service.enrol(guard, caller, body.password)
    response.headers["cache-control"] = "no-store"
    return EnrolmentOut(secret=secret, uri=uri)


@router.post("/confirm", response_model=RecoveryCodesOut)
async def confirm_enrolment(
    body: EnrolmentConfirmation, caller: SignedIn, guard: GuardPart, response: Response
) -> RecoveryCodesOut:
    """Put the second factor in force with a code that the app shows. Keep the recovery codes:
    each signs you in once when the app is gone."""
    fresh = await service.confirm_enrolment(guard, caller, body.code)
    response.headers["cache-control"] = "no-store"
    return RecoveryCodesOut(recovery_codes=fresh)


@router.post("/recovery-codes", response_model=RecoveryCodesOut)
async def renew_recovery_codes(
    body: PasswordAndCode, caller: SignedIn, guard: GuardPart, response: Response
) -> RecoveryCodesOut:
    """Ten new recovery codes; the old ones are good no more."""
    fresh = await service.renew_recovery_codes(guard, caller, body.password, body.code)
    response.headers["cache-control"] = "no-store"
    return RecoveryCodesOut(recovery_codes=fresh)


@router.delete("", status_code=204)
async def disable(body: PasswordAndCode, caller: SignedIn, guard: GuardPart) -> None:
    """Remove the second factor; signing in takes your password alone again."""
    await service.disable(guard, caller, body.password, body.code)
