"""Request and response bodies of batches."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SkipValidation

from chassis.fields import Count, RequestBody
from services.catalog.items.schemas import ItemCreate, ItemPatch

MAX_OPERATIONS = 1_000

Version = Annotated[
    Count | None, Field(description="The version you read, as `If-Match` has it; stale: 412")
]


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
    atomic: bool = Field(False, description="Make all of them or, if one is refused, none")


class RowProblem(BaseModel):
    """RFC 9457: why this operation was refused, as if it had been sent alone."""

    type: str = Field(examples=["urn:warehouse:problem:conflict"])
    title: str = Field(examples=["This clashes with what is already there"])
    status: int = Field(examples=[409])
    code: str = Field(examples=["conflict"])
    detail: str | None = None
    errors: list[dict[str, Any]] | None = Field(
        None,
        examples=[
            [{"field": "sku", "code": "taken", "message": "taken in this workspace"}],
        ],
    )


class OperationResult(BaseModel):
    status: int = Field(
        description="What it would be answered alone: 200, 201, 204, 404, 409, 412 or 422",
        examples=[201],
    )
    id: UUID | None = Field(description="The item; null where none was made")
    version: int | None = Field(description="The item's version by now; null where refused")
    problem: RowProblem | None = Field(description="Why it was refused; null unless it was")


class BatchOut(BaseModel):
    results: list[OperationResult] = Field(description="One for each operation, in their order")
    succeeded: int
    failed: int = Field(examples=[0])
