"""The items table."""

from typing import Any
from uuid import UUID

from sqlalchemy import Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.aggregate import Aggregate
from services.catalog.base import Base


class Item(Aggregate, Base):
    __tablename__ = "items"

    sku: Mapped[str]
    external_id: Mapped[str | None]
    name: Mapped[str]
    description: Mapped[str | None]
    category_id: Mapped[UUID | None]
    labels: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    brand: Mapped[str | None]
    model: Mapped[str | None]
    manufacturer: Mapped[str | None]
    serial_number: Mapped[str | None]
    barcode: Mapped[str | None]
    image: Mapped[UUID | None]
    is_insured: Mapped[bool]
    purchased_from: Mapped[UUID | None]
    warranty_details: Mapped[str | None]
    lifetime_warranty: Mapped[bool]
    min_stock_level: Mapped[int]
    needs_review: Mapped[bool]
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    is_archived: Mapped[bool]
