"""The custom fields table."""

from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from chassis.aggregate import Aggregate
from services.catalog.base import Base


class CustomField(Aggregate, Base):
    """`category_id`: it holds in this category and all below; null: for every item."""

    __tablename__ = "custom_fields"

    category_id: Mapped[UUID | None]
    name: Mapped[str]
    label: Mapped[str | None]
    description: Mapped[str | None]
    value_type: Mapped[str]
    unit: Mapped[str | None]
    options: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_required: Mapped[bool]
    position: Mapped[int]
    is_archived: Mapped[bool]
