"""Statements that a request is, counted in PostgreSQL's log: the same in every run, so that one
more is seen; each beside the number that it has been."""

from collections.abc import Awaitable, Callable

from load.api.statements import count
from load.inventory import batches
from load.inventory.storehouse import Storehouse
from load.postgres_log import logged
from load.report import Figure, at_most
from load.stack import Stack

PART = "statements"

Request = Callable[[], Awaitable[object]]


async def measure(stack: Stack) -> list[Figure]:
    await stack.run_everything()
    household = await Storehouse.founded(stack, items=5_000)
    try:
        requests = await _requests(household)
        async with stack.database("catalog") as connection, logged(connection):
            return [
                Figure(
                    PART, what, await count(stack, service, request), "statements", at_most(most)
                )
                for what, (service, most, request) in requests.items()
            ]
    finally:
        await household.close()


async def _requests(household: Storehouse) -> dict[str, tuple[str, int, Request]]:
    """By what they are: the service that is looked at, how many statements it needs, and the
    request."""
    person, shelves = household.person, iter(household.shelves)
    moved = await household.entry(1_000)
    merging = {"quantity": 1, "merge": True, "location_id": next(shelves)}
    await person.add(f"/inventory/{moved}/move", merging)  # from then on it is there
    made: list[list[str]] = []

    def see(path: str) -> Request:
        return lambda: person.see(path)

    def move(body: dict[str, object]) -> Request:
        async def post() -> None:
            place = {"location_id": next(shelves)}
            answer = await person.http.post(
                person.at(f"/inventory/{moved}/move"), json={**place, **body}
            )
            assert answer.is_success, answer.text

        return post

    async def create() -> None:
        await household.entry(2)

    async def adjust() -> None:
        path = person.at(f"/inventory/{moved}/adjust")
        answer = await person.http.post(path, json={"delta": 1, "reason": "Found"})
        assert answer.is_success, answer.text

    async def batch() -> None:
        made.append(await batches.batch(household, batches.creations(batches.ROWS)))

    async def change() -> None:
        await batches.batch(household, batches.changes(made.pop()))

    return {
        "get one entry": ("inventory", 1, see(f"/inventory/{household.entries[0]}")),
        "list 50 entries": ("inventory", 1, see("/inventory?limit=50")),
        "list 50 entries in a room": (
            *("inventory", 1),
            see(f"/inventory?limit=50&location_id={household.rooms[0]}"),
        ),
        "search items, with facets": (
            *("catalog", 3),
            see("/items?q=cordless%20drill%2042&facets=category,label"),
        ),
        "200 changes of items": ("catalog", 1, see("/changes/catalog?limit=200")),
        "200 changes of entries": ("inventory", 1, see("/changes/inventory?limit=200")),
        "create an entry": ("inventory", 1, create),
        "adjust an entry": ("inventory", 5, adjust),
        "move an entry": ("inventory", 6, move({})),
        "move a part": ("inventory", 7, move({"quantity": 1})),
        "move a part, merging": ("inventory", 9, move(merging)),
        "a batch of 1,000 made": ("catalog", 8, batch),
        "a batch of 1,000 changed": ("catalog", 8, change),
    }
