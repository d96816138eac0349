"""A member who is restricted to a location, as the gateway lets them in."""

from collections.abc import Callable
from typing import Any

from support.waiting import eventually


async def test_a_restricted_member_lends_what_stands_within(person: Callable[..., Any]) -> None:
    """From the members' list to a loan that inventory holds; what is outside is not there, what
    tells of the whole is refused, and access widens as soon as it was given."""
    owner, helper = await person("Olga Owner"), await person("Hal Helper")
    workspace = (await owner.http.post("/v1/workspaces", json={"name": "Club"})).json()["id"]
    item = await owner.add("/items", {"name": "Drill"}, workspace)
    borrower = await owner.add("/borrowers", {"name": "Bea"}, workspace)
    shed = await owner.add("/locations", {"name": "Shed"}, workspace)
    shelf = await owner.add("/locations", {"name": "Shelf", "parent_id": shed["id"]}, workspace)
    attic = await owner.add("/locations", {"name": "Attic"}, workspace)
    inside, outside = [
        await owner.add("/inventory", {"item_id": item["id"], "location_id": place}, workspace)
        for place in (shelf["id"], attic["id"])
    ]
    body = {"email": helper.email, "role": "member", "location_ids": [shed["id"]]}
    await owner.add("/members", body, workspace)

    listed = await helper.see("/inventory", workspace)
    assert [entry["id"] for entry in listed["items"]] == [inside["id"]]

    async def lend(entry: dict[str, Any]) -> Any:  # noqa: ANN401
        return await helper.http.post(
            helper.at("/loans", workspace),
            json={"inventory_id": entry["id"], "borrower_id": borrower["id"]},
            headers={"Prefer": "wait=30"},
        )

    async def lent() -> Any:  # noqa: ANN401
        answer = await lend(inside)  # loans may not have heard yet where the entry stands
        assert answer.status_code == 201, answer.text
        return answer.json()

    loan = await eventually(lent)
    assert (loan["status"], loan["location_name"]) == ("active", "Shelf")
    assert (await lend(outside)).status_code == 404
    dashboard = await helper.http.get(helper.at("/dashboard", workspace))
    assert (dashboard.status_code, dashboard.json()["code"]) == (403, "restricted")

    path = owner.at(f"/members/{helper.user_id}", workspace)
    assert (await owner.http.patch(path, json={"location_ids": None})).status_code == 200

    async def sees_all() -> bool:
        return len((await helper.see("/inventory", workspace))["items"]) == 2

    await eventually(sees_all)
