"""The table of signing keys."""

from datetime import datetime

from sqlalchemy import DateTime
from sqlalchemy.orm import Mapped, mapped_column

from services.auth.base import Base


class SigningKey(Base):
    """`public` is the raw public key, `sealed` the raw private one as `chassis.sealing` seals it,
    gone once the key is withdrawn. `activates_at` is when it begins to sign."""

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(primary_key=True)
    public: Mapped[str]
    sealed: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    activates_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    compromised: Mapped[bool]
