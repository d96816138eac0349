"""What the API can say and be told, an archive has and a restore tells: none is forgotten when
services learn something new."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.catalog import app as catalog
from services.inventory import app as inventory
from services.loans import app as loans
from warehouse.archive import catalog as catalog_part
from warehouse.archive import inventory as inventory_part
from warehouse.archive import lending as lending_part
from warehouse.archive.kinds import BY_FEED, BY_NAME, NOT_RESTORED
from warehouse.archive.records import SHAPES


def test_every_kind_of_every_feed_is_in_archives() -> None:
    feeds = {"catalog": catalog.KINDS, "inventory": inventory.KINDS, "loans": loans.KINDS}
    assert {(feed, kind) for feed, kinds in feeds.items() for kind in kinds} == set(BY_FEED)
    assert set(BY_NAME) == set(SHAPES)


@pytest.mark.parametrize(
    ("service", "schema", "kind", "told"),
    [
        ("catalog", "CategoryCreate", "categories", catalog_part.NODE),
        ("catalog", "LabelCreate", "labels", catalog_part.LABEL),
        ("catalog", "CompanyCreate", "companies", catalog_part.COMPANY),
        ("catalog", "ItemCreate", "items", (*catalog_part.ITEM, "labels")),
        ("catalog", "CustomFieldCreate", "custom_fields", catalog_part.FIELD),
        ("catalog", "WishCreate", "wishes", catalog_part.WISH),
        ("inventory", "LocationCreate", "locations", (*catalog_part.NODE, "short_code")),
        ("inventory", "ContainerCreate", "containers", (*inventory_part.CONTAINER, "short_code")),
        ("inventory", "EntryCreate", "entries", (*inventory_part.ENTRY, "short_code")),
        ("inventory", "RepairCreate", "repairs", lending_part.REPAIR),
        ("inventory", "MaintenanceCreate", "maintenance", lending_part.MAINTENANCE),
        ("loans", "BorrowerCreate", "borrowers", (*lending_part.BORROWER, "user_id")),
        ("loans", "LoanRequest", "loans", lending_part.LOAN),
    ],
)
def test_a_restore_tells_every_field_that_the_api_takes(
    repository: Path, service: str, schema: str, kind: str, told: tuple[str, ...]
) -> None:
    document = json.loads((repository / f"contracts/openapi/{service}.json").read_text())
    schemas: dict[str, Any] = document["components"]["schemas"]
    taken = set(schemas[schema]["properties"])
    assert kind not in NOT_RESTORED
    assert taken == {*told, *(set(BY_NAME[kind].references) & taken)}
