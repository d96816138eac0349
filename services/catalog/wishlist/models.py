"""The wishes table."""

from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from chassis.aggregate import Aggregate
from services.catalog.base import Base


class Wish(Aggregate, Base):
    """`item_id` is what an acquired wish became."""

    __tablename__ = "wishes"

    name: Mapped[str]
    url: Mapped[str | None]
    price_estimate: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    priority: Mapped[int]
    notes: Mapped[str | None]
    external_id: Mapped[str | None]
    status: Mapped[str]
    item_id: Mapped[UUID | None]
