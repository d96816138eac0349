"""What tests of search hold in hand: items, and what is found of them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx


async def add(api: httpx.AsyncClient, name: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = await api.post("/items", json={"name": name, **fields})
    assert answer.status_code == 201, answer.text
    item: dict[str, Any] = answer.json()
    return item


async def search(api: httpx.AsyncClient, q: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = await api.get("/items", params={"q": q, **parameters})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def names(api: httpx.AsyncClient, q: str, **parameters: Any) -> list[str]:  # noqa: ANN401
    return [item["name"] for item in (await search(api, q, **parameters))["items"]]


async def fill(
    connect: Callable[[str], Any], workspace_id: UUID, items: int, *, same: int = 1
) -> None:
    """Items called `Thing 1` and so on, `same` of them with one name, time and level."""
    connection = await connect("catalog")
    await connection.execute(
        """
        INSERT INTO items (
            id, workspace_id, version, created_at, updated_at, sku, name, brand, is_insured,
            lifetime_warranty, min_stock_level, needs_review, attributes, is_archived
        )
        SELECT uuidv7(), $1, 1, now() - g * interval '1 hour', now() - g * interval '1 minute',
               'T-' || n, CASE WHEN $3 > 1 THEN 'thing ' || g ELSE 'Thing ' || n END, 'Any', false,
               false, g, false, '{}', false
        FROM (SELECT n, n / $3 AS g FROM generate_series(1, $2::int) n) n
        """,
        workspace_id,
        items,
        same,
    )
