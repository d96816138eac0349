"""The request body of batches."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SkipValidation, StrictBool

from chassis.batches import MAX_OPERATIONS
from services.inventory.stock.changes import Change


class EntryBatchIn(BaseModel):
    """What is wrong with one operation is that one's result: they are read one by one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    operations: Annotated[
        list[SkipValidation[Annotated[Change, Field(discriminator="op")]]],
        Field(
            min_length=1,
            max_length=MAX_OPERATIONS,
            description="Made in this order, each as if it were sent alone",
            examples=[
                [
                    {
                        "op": "create",
                        "body": {
                            "item_id": "019cad94-5b77-7c19-8e60-d4f2b6a81c07",
                            "location_id": "019cad94-6a52-7d63-8c0f-b9e1d3f50709",
                        },
                    }
                ]
            ],
        ),
    ]
    atomic: StrictBool = Field(False, description="Make all of them or, if one is refused, none")
