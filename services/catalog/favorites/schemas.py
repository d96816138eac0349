"""Response bodies of favorites."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.catalog.items.schemas import ItemOut


class FavoriteOut(BaseModel):
    id: UUID = Field(description="Of the favorite, not of its item")
    favorited_at: datetime
    item: ItemOut


class FavoritePage(BaseModel):
    items: list[FavoriteOut]
    next_cursor: str | None
