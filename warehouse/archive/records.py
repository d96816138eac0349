"""What a record of an archive has to be like before anything is made of it.

Only the shape: what a restore reads. The values are the API's to judge, which refuses a record with
its reason; fields that are not named here are kept for comparison."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

_UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
Id = Annotated[str, StringConstraints(pattern=_UUID)]


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")

    id: Id


class _Thing(_Record):
    name: str
    external_id: str | None
    is_archived: bool


class _Node(_Thing):
    parent_id: Id | None
    description: str | None


class _Label(_Thing):
    color: str
    description: str | None


class _Company(_Thing):
    website: str | None
    notes: str | None


class _LabelOnItem(BaseModel):
    id: Id


class _Item(_Thing):
    sku: str
    category_id: Id | None
    labels: list[_LabelOnItem]
    purchased_from: Id | None
    barcode: str | None
    attributes: dict[str, Any]
    min_stock_level: int


class _CustomField(_Record):
    name: str
    value_type: str
    category_id: Id | None
    options: list[str]
    is_required: bool
    position: int
    is_archived: bool


class _Attachment(_Record):
    item_id: Id
    title: str
    file_name: str
    kind: str
    size: int
    sha256: str
    position: int
    is_primary: bool


class _Wish(_Record):
    name: str
    priority: int
    status: str
    item_id: Id | None


class _Favorite(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")

    item_id: Id
    favorited_at: str


class _Location(_Node):
    short_code: str | None


class _Container(_Location):
    location_id: Id
    capacity: int | None


class _Entry(_Record):
    item_id: Id
    location_id: Id
    container_id: Id | None
    merged_into: Id | None
    quantity: int
    condition: str
    status: str
    short_code: str | None
    last_used_at: str | None
    is_archived: bool


class _ShortCode(_Record):
    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{4,12}$")]
    state: str
    kind: str | None
    target_id: Id | None


class _Borrower(_Thing):
    email: str | None
    user_id: Id | None


class _Return(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")

    quantity: int
    condition: str | None
    notes: str | None


class _Loan(_Record):
    inventory_id: Id
    borrower_id: Id
    quantity: int
    loaned_at: str
    due_at: str | None
    notes: str | None
    status: str
    returns: list[_Return]


class _Repair(_Record):
    inventory_id: Id
    quantity: int
    description: str
    status: str
    new_condition: str | None


class _Maintenance(_Record):
    inventory_id: Id
    name: str
    every_days: int
    next_due: str
    is_archived: bool


class _Stocktake(_Record):
    name: str


SHAPES: dict[str, type[BaseModel]] = {
    "categories": _Node,
    "labels": _Label,
    "companies": _Company,
    "items": _Item,
    "custom_fields": _CustomField,
    "attachments": _Attachment,
    "wishes": _Wish,
    "favorites": _Favorite,
    "locations": _Location,
    "containers": _Container,
    "entries": _Entry,
    "short_codes": _ShortCode,
    "borrowers": _Borrower,
    "loans": _Loan,
    "repairs": _Repair,
    "maintenance": _Maintenance,
    "stocktakes": _Stocktake,
}


def fault_of(kind: str, body: str | bytes) -> str | None:
    """What is wrong with a record as JSON, if anything is."""
    try:
        SHAPES[kind].model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        return f"{field}: {first['msg']}" if field else str(first["msg"])
    return None
