"""LOW_STOCK hears of every way in which stock can become less."""

import json
from pathlib import Path

from services.notify.stock.consumers import listener

# They carry the entry's state and change none of what is counted.
_NO_CHANGE = {"hold_placed", "hold_released", "hold_moved", "expiring", "warranty_ending"}


def test_no_path_that_changes_stock_is_forgotten(repository: Path) -> None:
    """Each event that carries an entry's quantity is heard, also one that is added later."""
    heard = {one.rpartition(".")[2] for one in listener.types if ".inventory.stock." in one}
    published = set()
    for folder in (repository / "contracts/events").glob("warehouse.inventory.stock.*"):
        for file in folder.glob("*.json"):
            if {"quantity", "item_id", "is_archived"} <= json.loads(file.read_text())[
                "properties"
            ].keys():
                published.add(folder.name.rpartition(".")[2])
    assert {"created", "split", "merged", "adjusted", "counted", *_NO_CHANGE} <= published
    assert heard == published - _NO_CHANGE
