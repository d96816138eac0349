"""The sealer of what mails carry, as routes get it."""

from typing import Annotated

from fastapi import Depends, Request

from chassis.sealing import Sealer


async def mail_sealer_of(request: Request) -> Sealer:
    sealer: Sealer = request.app.state.mail_sealer
    return sealer


MailSealer = Annotated[Sealer, Depends(mail_sealer_of)]
