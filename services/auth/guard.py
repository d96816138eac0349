"""What the use cases that guard an account work with, in one part for routes to ask for."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from chassis.database import Database
from chassis.sealing import Sealer
from services.auth.passwords import Passwords
from services.auth.throttling.service import Throttle


@dataclass(frozen=True, slots=True)
class Guard:
    """They open their own transactions: passwords are hashed between them, and a failure is
    counted although the answer is a refusal. `mail` seals for notify, `secrets` for our tables."""

    database: Database
    passwords: Passwords
    throttle: Throttle
    mail: Sealer
    secrets: Sealer


async def guard_of(request: Request) -> Guard:
    guard: Guard = request.app.state.guard
    return guard


GuardPart = Annotated[Guard, Depends(guard_of)]
