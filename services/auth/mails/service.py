"""The use case of mails: ask for one in the transaction of what it tells of."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from chassis.database import TenantSession
from chassis.events import now
from chassis.outbox import stage
from chassis.sealing import Sealer
from services.auth.mails.events import MailRequested, Template


def request(
    session: TenantSession,
    sealer: Sealer,
    *,
    template: Template,
    email: str,
    full_name: str = "",
    language: str = "en",
    user_id: UUID | None = None,
    workspace_id: UUID | None = None,
    facts: Mapping[str, str] | None = None,
    token: str | None = None,
    expires_at: datetime | None = None,
) -> UUID:
    """Have a mail sent if, and only if, this session's transaction commits; the mail's id.

    `token` is what the mail's link carries: the event has it sealed, so that notify alone can read
    it. `facts` are published as they are and hold no secret.
    """
    time = now()
    mail = MailRequested(
        id=uuid7(),
        workspace_id=workspace_id,
        version=1,
        user_id=user_id,
        email=email,
        full_name=full_name,
        language=language,
        template=template,
        facts=dict(facts or {}),
        sealed=None if token is None else sealer.seal(token.encode()),
        expires_at=expires_at,
        created_at=time,
        updated_at=time,
    )
    stage(session, mail)
    return mail.id
