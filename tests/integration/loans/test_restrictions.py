"""What a member sees and does of loans who is restricted to location subtrees."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from integration.loans.rig import NOW_OR_LATER, Desk, in_days
from support.kafka import Kafka
from support.waiting import eventually
from uuid_utils.compat import uuid7

Restricted = Callable[..., Desk]


@dataclass
class House:
    """house > cellar > rack, and a garage beside the house; an entry in each."""

    desk: Desk
    places: dict[str, str]
    entries: dict[str, str]

    async def place(self, name: str, above: str | None, version: int = 1) -> UUID:
        """Tell that a location stands in another; the event's id."""
        verb = "created" if version == 1 else "moved"
        return await self.desk.say(
            f"inventory.location.{verb}",
            id=self.places[name],
            name=name,
            version=version,
            parent_id=self.places[above] if above else None,
            **({"changes": {"parent_id": [None, None]}} if version > 1 else {}),
        )

    async def put(self, name: str, where: str, version: int = 1) -> UUID:
        """Tell that an entry stands somewhere; the event's id."""
        return await self.desk.say(
            f"inventory.stock.{'created' if version == 1 else 'moved'}",
            id=self.entries[name],
            item_id=str(uuid7()),
            location_id=self.places[where],
            version=version,
            **({"changes": {"location_id": [None, None]}} if version > 1 else {}),
        )


@pytest.fixture
async def house(desk: Desk) -> House:
    names = ("house", "cellar", "rack", "garage")
    house = House(desk, {n: str(uuid7()) for n in names}, {n: str(uuid7()) for n in names})
    above = {"cellar": "house", "rack": "cellar"}
    heard = [await house.place(name, above.get(name)) for name in names]
    heard += [await house.put(name, name) for name in names]
    for event_id in heard:
        await desk.hears(event_id)
    return house


@pytest.fixture
def restricted(caller: Callable[..., httpx.AsyncClient], house: House) -> Restricted:
    """`restricted("cellar")`: the workspace as a member restricted to the cellar sees it."""

    def make(*names: str) -> Desk:
        locations = frozenset(UUID(house.places.get(name, name)) for name in names)
        desk = house.desk
        client = caller("loans", workspace_id=desk.workspace_id, locations=locations)
        client.base_url = desk.api.base_url
        return replace(desk, api=client)

    return make


async def lent(house: House, *names: str) -> dict[str, str]:
    """An active loan of each of these entries; their ids."""
    who = await house.desk.borrower()
    return {
        name: (await house.desk.lent(house.entries[name], borrower_id=who))["id"] for name in names
    }


def problem(answer: httpx.Response) -> dict[str, Any]:
    """A problem document without what differs between any two requests."""
    document: dict[str, Any] = answer.json()
    return {k: v for k, v in document.items() if k not in {"instance", "request_id"}}


async def ids(desk: Desk, path: str = "/loans") -> list[str]:
    return [loan["id"] for loan in (await desk.see(path))["items"]]


async def test_loans_of_what_stands_within_are_seen(house: House, restricted: Restricted) -> None:
    """Nested places too, in full pages; by no filter any other."""
    loans = await lent(house, "cellar", "house", "rack", "garage", "rack")
    mine = restricted("cellar")
    inside = [loan["id"] for loan in (await house.desk.see("/loans"))["items"]]
    inside = [id_ for id_ in inside if id_ not in {loans["house"], loans["garage"]}]
    assert len(inside) == 3
    assert await ids(mine) == inside
    first = await mine.see("/loans?limit=2")
    rest = await mine.see(f"/loans?limit=2&cursor={first['next_cursor']}")
    assert [one["id"] for one in (*first["items"], *rest["items"])] == inside
    assert (len(first["items"]), rest["next_cursor"]) == (2, None)
    seen = await mine.see(f"/loans/{loans['rack']}")
    assert seen == await house.desk.see(f"/loans/{loans['rack']}")
    assert seen["location_name"] == "rack"
    assert await ids(mine, f"/loans?borrower_id={seen['borrower_id']}") == inside
    assert await ids(mine, f"/loans?inventory_id={house.entries['garage']}") == []
    assert await ids(restricted(str(uuid4()))) == await ids(restricted()) == []


async def test_only_what_stands_within_is_lent(house: House, restricted: Restricted) -> None:
    """Anything else is answered as an unknown entry is, and inventory is not even asked."""
    mine = restricted("cellar")
    borrower = await mine.borrower()
    for entry in (house.entries["garage"], house.entries["house"], str(uuid4())):
        answer = await mine.api.post(
            "/loans", json={"inventory_id": entry, "borrower_id": borrower}, headers=NOW_OR_LATER
        )
        assert answer.status_code == 404, answer.text
        assert answer.json()["errors"] == [
            {
                "field": "inventory_id",
                "code": "not-found",
                "message": "There is no such inventory entry in this workspace.",
            }
        ]
    assert await ids(house.desk) == []
    loan = await mine.lent(house.entries["rack"], borrower_id=borrower)
    assert await ids(mine) == [loan["id"]]


async def test_a_loan_within_is_dealt_with_as_by_anybody(
    house: House, restricted: Restricted
) -> None:
    """Noted on, extended, returned in part and in full, and a request withdrawn."""
    mine = restricted("cellar")
    loan = await mine.lent(house.entries["rack"], quantity=2)
    path = f"/loans/{loan['id']}"
    assert (await mine.api.patch(path, json={"notes": "With pump"})).json()["notes"] == "With pump"
    extended = await mine.api.post(f"{path}/extend", json={"due_at": in_days(9)})
    assert extended.status_code == 200
    part = await mine.api.post(f"{path}/return", json={"quantity": 1})
    assert part.json()["status"] == "partially_returned"
    assert (await mine.api.post(f"{path}/return")).json()["status"] == "returned"
    asked = await mine.request(house.entries["cellar"])
    assert (await mine.api.post(f"/loans/{asked['id']}/cancel")).json()["status"] == "cancelled"


async def test_a_loan_out_of_reach_is_answered_as_an_unknown_one(
    house: House, restricted: Restricted
) -> None:
    """Whatever is asked of it, in the same words; nothing changes."""
    loans, mine = await lent(house, "garage"), restricted("cellar")
    before = await house.desk.see(f"/loans/{loans['garage']}")
    for method, verb, body in (
        ("GET", "", None),
        ("PATCH", "", {"notes": "x"}),
        ("POST", "/extend", {"due_at": in_days(9)}),
        ("POST", "/return", None),
        ("POST", "/cancel", None),
    ):
        theirs, unknown = [
            await mine.api.request(
                method, f"/loans/{id_}{verb}", json=body, headers={"If-Match": '"77"'}
            )
            for id_ in (loans["garage"], uuid4())
        ]
        assert theirs.status_code == 404, theirs.text
        assert problem(theirs) == problem(unknown)
    assert await house.desk.see(f"/loans/{loans['garage']}") == before


async def test_access_follows_what_is_moved(house: House, restricted: Restricted) -> None:
    """An entry or a whole subtree that goes takes its loans along; of one that came, where it was
    lent from is not told."""
    loans, mine = await lent(house, "rack", "garage"), restricted("cellar")
    await house.desk.hears(await house.put("garage", "rack", version=5))
    assert await ids(mine) == [loans["garage"], loans["rack"]]
    came = await mine.see(f"/loans/{loans['garage']}")
    assert (came["location_id"], came["location_name"]) == (None, None)
    await house.desk.hears(await house.place("rack", "house", version=2))
    assert await ids(mine) == []
    assert (await mine.api.post(f"/loans/{loans['rack']}/return")).status_code == 404


async def test_what_is_unheard_of_is_out_of_reach(house: House, restricted: Restricted) -> None:
    """A loan of an entry, or at a location, that loans has not heard of yet."""
    house.places["niche"], house.entries["niche"] = str(uuid7()), str(uuid7())
    mine = restricted("cellar")
    loan = await house.desk.request(house.entries["niche"])
    assert await ids(mine) == []
    await house.desk.hears(await house.put("niche", "niche"))
    assert await ids(mine) == []
    await house.desk.hears(await house.place("niche", "rack"))
    assert await ids(mine) == [loan["id"]]


async def test_an_older_installation_learns_where_its_locations_stand(
    house: House,
    restricted: Restricted,
    environment: dict[str, str],
    kafka: Kafka,
    repository: Path,
) -> None:
    """What was heard before parents were kept is read again, as the owner's migration asks for."""
    loans, mine = await lent(house, "rack"), restricted("cellar")
    file = repository / "services/loans/migrations/versions/0002_places.py"
    spec = importlib.util.spec_from_file_location("places", file)
    assert spec is not None
    assert spec.loader is not None
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    await house.desk.database.execute("UPDATE known_locations SET parent_id = NULL")
    assert await ids(mine) == []
    owner = await asyncpg.connect(environment["LOANS_DATABASE_OWNER_URL"])
    try:
        async with owner.transaction():
            for statement in migration.READ_AGAIN:
                await owner.execute(statement)
    finally:
        await owner.close()
    for name, id_ in house.places.items():  # a record that tells loans nothing: its consumer looks
        await kafka.publish(
            "warehouse.inventory.location.painted",
            {"id": id_, "workspace_id": str(house.desk.workspace_id), "name": name},
        )

    async def learnt() -> bool:
        return await ids(mine) == list(loans.values())

    await eventually(learnt)
