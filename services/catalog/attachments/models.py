"""The tables of attachments: what they are, and the contents that are kept for them."""

from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from chassis.aggregate import Aggregate
from services.catalog.attachments.kinds import Kind
from services.catalog.base import Base


class Attachment(Aggregate, Base):
    __tablename__ = "attachments"

    item_id: Mapped[UUID]
    content_id: Mapped[UUID]
    kind: Mapped[str]
    title: Mapped[str]
    caption: Mapped[str | None]
    file_name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    width: Mapped[int | None]
    height: Mapped[int | None]
    position: Mapped[int]
    is_primary: Mapped[bool]

    @property
    def may_be_primary(self) -> bool:
        """Whether it can show its item: a photo, and nothing else is one."""
        return self.kind == Kind.PHOTO
