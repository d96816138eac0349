"""Response bodies of barcodes."""

from pydantic import BaseModel, Field

from chassis.product_codes import CodeType
from services.catalog.barcodes.lookup import Source
from services.catalog.barcodes.products import Product
from services.catalog.items.schemas import ItemOut


class BarcodeOut(BaseModel):
    code: str = Field(description="In its one form", examples=["9780141182803"])
    code_type: CodeType = Field(description="What it has the form of", examples=["isbn"])
    found: bool = Field(description="Whether there is an item of it here, or a product elsewhere")
    items: list[ItemOut] = Field(description="The workspace's own in use")
    product: Product | None = Field(description="What the provider knows, where none is here")
    provider: Source = Field(
        description="What became of asking: `not-asked` (there is an item, or it is no product's "
        "code), `none` (there is no provider), `unavailable` (try again later), `answered`",
        examples=["not-asked"],
    )
