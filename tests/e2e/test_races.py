"""Many at once for one thing."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

from support.callers import Person
from support.waiting import eventually

Make = Callable[..., Any]


async def stocked(person: Make, quantity: int) -> tuple[Person, dict[str, Any]]:
    """Somebody with one entry of `quantity`, and the body of a loan of one of it."""
    owner = await person()
    item = await owner.add("/items", {"name": "Projector"})
    shelf = await owner.add("/locations", {"name": "Shelf"})
    entry = await owner.add(
        "/inventory", {"item_id": item["id"], "location_id": shelf["id"], "quantity": quantity}
    )
    borrower = await owner.add("/borrowers", {"name": "Club"})
    return owner, {"inventory_id": entry["id"], "borrower_id": borrower["id"], "quantity": 1}


async def test_the_last_unit_is_lent_once(person: Make) -> None:
    """Forty concurrent loans of one unit: exactly one active, the rest 409, nothing left free."""
    owner, body = await stocked(person, 1)
    answers = await asyncio.gather(
        *(
            owner.http.post(owner.at("/loans"), json=body, headers={"Prefer": "wait=30"})
            for _ in range(40)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 39}
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {(one["code"], one["free_quantity"]) for one in refused} == {("insufficient-stock", 0)}
    entry = await owner.see(f"/inventory/{body['inventory_id']}")
    assert (entry["quantity"], entry["held_quantity"], entry["free_quantity"]) == (1, 1, 0)
    active = (await owner.see("/loans?status=active"))["items"]
    assert len(active) == 1


async def test_one_key_makes_one_loan(person: Make) -> None:
    """The same Idempotency-Key eight times at once: one loan, and one answer for all."""
    owner, body = await stocked(person, 10)
    answers = await asyncio.gather(
        *(
            owner.http.post(
                owner.at("/loans"),
                json=body,
                headers={"Idempotency-Key": "the-one", "Prefer": "wait=30"},
            )
            for _ in range(8)
        )
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len((await owner.see("/loans"))["items"]) == 1

    async def held_once() -> bool:
        return (await owner.see(f"/inventory/{body['inventory_id']}"))["held_quantity"] == 1

    assert await eventually(held_once)


async def test_lending_and_returning_at_once_leaves_nothing_held(person: Make) -> None:
    """Thirty loans of five units, each returned at once: in the end all five are free, and as
    many were returned as were active."""
    owner, body = await stocked(person, 5)

    async def lend_and_return() -> int:
        answer = await owner.http.post(owner.at("/loans"), json=body, headers={"Prefer": "wait=30"})
        if answer.status_code == 201:
            back = await owner.http.post(owner.at(f"/loans/{answer.json()['id']}/return"), json={})
            assert back.status_code == 200, back.text
        return answer.status_code

    statuses = Counter(await asyncio.gather(*(lend_and_return() for _ in range(30))))
    assert set(statuses) <= {201, 409}

    async def all_free() -> bool:
        return (await owner.see(f"/inventory/{body['inventory_id']}"))["free_quantity"] == 5

    assert await eventually(all_free)
    returned = (await owner.see("/loans?status=returned&limit=200"))["items"]
    assert len(returned) == statuses[201]


async def test_the_only_owner_stays(person: Make) -> None:
    """Two owners who leave at the same moment: one of them can't."""
    first, second = await person("Ann One"), await person("Ben Two")
    workspace = (await first.http.post("/v1/workspaces", json={"name": "Club"})).json()["id"]
    members = f"/v1/workspaces/{workspace}/members"
    await first.http.post(members, json={"email": second.email, "role": "owner"})
    answers = await asyncio.gather(
        first.http.delete(f"{members}/{first.user_id}"),
        second.http.delete(f"{members}/{second.user_id}"),
    )
    assert sorted(answer.status_code for answer in answers) == [204, 409]
