"""What mails hear: auth asks for them."""

from datetime import datetime
from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from services.notify.mail import service
from services.notify.mail.letters import Template

listener = Listener()


class MailRequested(Received):
    """What notify reads of a request for a mail."""

    id: UUID
    user_id: UUID | None
    email: str
    full_name: str
    language: str
    template: Template
    facts: dict[str, str]
    sealed: str | None
    expires_at: datetime | None
    created_at: datetime


@listener.on(MailRequested, "warehouse.auth.mail.requested")
async def accept(session: TenantSession, event: MailRequested) -> None:
    await service.accept(
        session,
        mail_id=event.id,
        user_id=event.user_id,
        email=event.email,
        full_name=event.full_name,
        language=event.language,
        template=event.template,
        facts=event.facts,
        sealed=event.sealed,
        expires_at=event.expires_at,
        created_at=event.created_at,
    )
