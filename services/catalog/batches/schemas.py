"""Request and response bodies of batches."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SkipValidation, StrictBool

from chassis.batches import MAX_OPERATIONS, Version
from chassis.fields import RequestBody
from services.catalog.items.schemas import ItemCreate, ItemPatch


class CreateItem(RequestBody):
    op: Literal["create"]
    body: ItemCreate


class UpdateItem(RequestBody):
    op: Literal["update"]
    id: UUID
    body: ItemPatch
    version: Version = None


class ArchiveItem(RequestBody):
    op: Literal["archive"]
    id: UUID
    version: Version = None


class RestoreItem(RequestBody):
    op: Literal["restore"]
    id: UUID
    version: Version = None


class DeleteItem(RequestBody):
    op: Literal["delete"]
    id: UUID
    version: Version = None


Operation = CreateItem | UpdateItem | ArchiveItem | RestoreItem | DeleteItem


class BatchIn(BaseModel):
    """What is wrong with one operation is that one's result: they are read one by one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    operations: Annotated[
        list[SkipValidation[Annotated[Operation, Field(discriminator="op")]]],
        Field(
            min_length=1,
            max_length=MAX_OPERATIONS,
            description="Made in this order, each as if it were sent alone",
            examples=[[{"op": "create", "body": {"name": "Cordless drill", "brand": "Makita"}}]],
        ),
    ]
    atomic: StrictBool = Field(False, description="Make all of them or, if one is refused, none")
