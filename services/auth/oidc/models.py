"""The sign-ins that were begun at a provider and have not come back."""

from datetime import datetime

from sqlalchemy import DateTime
from sqlalchemy.orm import Mapped, mapped_column

from services.auth.base import Base


class Attempt(Base):
    """One sign-in on its way, good once and for ten minutes. State, nonce and secret are kept as
    SHA-256; the code verifier, which has to be sent, is sealed."""

    __tablename__ = "oidc_attempts"

    state_hash: Mapped[bytes] = mapped_column(primary_key=True)
    provider: Mapped[str]
    secret_hash: Mapped[bytes]
    nonce_hash: Mapped[bytes]
    code_verifier: Mapped[str]
    redirect_uri: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
