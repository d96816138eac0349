"""What custom fields promise."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from support.kafka import Kafka
from support.waiting import eventually

from chassis.identity import MemberRole


async def add(api: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = await api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def define(
    api: httpx.AsyncClient,
    name: str,
    value_type: str,
    **more: Any,  # noqa: ANN401
) -> dict[str, Any]:
    return await add(api, "/custom-fields", name=name, value_type=value_type, **more)


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code in {409, 422}, answer.text
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


async def test_every_change_of_a_definition_is_published(
    api: httpx.AsyncClient, kafka: Kafka, workspace_id: UUID
) -> None:
    """Created, updated with from and to, archived, restored, deleted; it is read as answered."""
    field = await define(api, "voltage", "integer", unit="V")
    path = f"/custom-fields/{field['id']}"
    assert (await api.get(path)).json() == field
    changed = await api.patch(path, json={"is_required": True}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["is_required"]) == (200, True)
    assert (await api.patch(path, json={}, headers={"If-Match": '"1"'})).status_code == 412
    assert (await api.post(f"{path}/archive")).json()["is_archived"]
    assert (await api.get("/custom-fields")).json()["items"] == []
    await api.post(f"{path}/restore")
    assert (await api.delete(path)).status_code == 204
    assert (await api.get(path)).status_code == 404

    async def published() -> list[str]:
        seen = await kafka.read("warehouse.catalog.custom_field.v1", workspace_id=workspace_id)
        assert len(seen) == 5
        assert seen[1].payload["changes"] == {"is_required": [False, True]}
        return [one.type.rpartition(".")[2] for one in seen]

    verbs = ["created", "updated", "archived", "restored", "deleted"]
    assert await eventually(published) == verbs


async def test_an_item_is_checked_by_the_fields_of_its_category_and_those_above(
    api: httpx.AsyncClient,
) -> None:
    """At creation and at each change of attributes or category; nothing changes where it fails."""
    tools = await add(api, "/categories", name="Tools")
    drills = await add(api, "/categories", name="Drills", parent_id=tools["id"])
    await define(api, "voltage", "integer", category_id=tools["id"], is_required=True)
    await define(api, "colour", "enum", options=["red", "blue"])

    wrong = {"name": "Drill", "category_id": drills["id"], "attributes": {"colour": "green"}}
    assert faults(await api.post("/items", json=wrong)) == [
        ("attributes.colour", "wrong-type"),
        ("attributes.voltage", "required"),
    ]
    assert (await api.get("/items")).json()["items"] == []
    kettle = await add(api, "/items", name="Kettle", attributes={"litres": 1.7})
    path = f"/items/{kettle['id']}"
    moved = await api.patch(path, json={"category_id": drills["id"]})
    assert faults(moved) == [("attributes.voltage", "required")]
    assert (await api.get(path)).json() == kettle
    both = {"category_id": drills["id"], "attributes": {"voltage": 18, "litres": 1.7}}
    assert (await api.patch(path, json=both)).status_code == 200
    volts = await api.patch(path, json={"attributes": {"voltage": "18 V"}})
    assert faults(volts) == [("attributes.voltage", "wrong-type")]
    listed = await api.get("/custom-fields", params={"category_id": drills["id"]})
    assert [one["name"] for one in listed.json()["items"]] == ["voltage", "colour"]
    lamps = await add(api, "/categories", name="Lamps")
    listed = await api.get("/custom-fields", params={"category_id": lamps["id"]})
    assert [one["name"] for one in listed.json()["items"]] == ["colour"]


async def test_a_new_definition_leaves_items_alone_until_they_change(
    api: httpx.AsyncClient,
) -> None:
    """What is required since is asked for with the next change of attributes, not of a name."""
    item = await add(api, "/items", name="Lamp", attributes={"watts": "9 W"})
    field = await define(api, "watts", "decimal", is_required=True)
    path = f"/items/{item['id']}"
    assert (await api.patch(path, json={"name": "Desk lamp"})).status_code == 200
    assert faults(await api.patch(path, json={"attributes": {"watts": "9 W", "led": True}})) == [
        ("attributes.watts", "wrong-type")
    ]
    assert faults(await api.patch(path, json={"attributes": {}})) == [
        ("attributes.watts", "required")
    ]
    await api.post(f"/custom-fields/{field['id']}/archive")
    assert (await api.patch(path, json={"attributes": {}})).status_code == 200


async def test_what_items_have_values_for_is_not_changed_under_them(
    api: httpx.AsyncClient,
) -> None:
    """Type, name and chosen options stay, and so does the field; each refusal says what to do."""
    field = await define(api, "colour", "enum", options=["red", "blue", "green"])
    path = f"/custom-fields/{field['id']}"
    await add(api, "/items", name="Ball", attributes={"colour": "red"})
    for body, wrong in (
        ({"value_type": "text", "options": []}, "value_type"),
        ({"name": "color"}, "name"),
        ({"options": ["blue", "green"]}, "options"),
    ):
        refused = await api.patch(path, json=body)
        assert faults(refused) == [(wrong, "has-values")]
        assert refused.json()["items"] == 1
    gone = await api.delete(path)
    assert (gone.status_code, gone.json()["code"]) == (409, "has-values")
    assert "archive" in gone.json()["detail"]
    assert (await api.patch(path, json={"options": ["red", "blue"]})).status_code == 200
    free = await define(api, "size", "text")
    retyped = await api.patch(f"/custom-fields/{free['id']}", json={"value_type": "integer"})
    assert retyped.json()["value_type"] == "integer"


async def test_a_type_does_not_change_while_a_value_is_being_given(
    api: httpx.AsyncClient,
) -> None:
    """Whichever is first, the other is told: never an item with a value of the type before."""
    for attempt in range(5):
        field = await define(api, f"size {attempt}", "text")
        item, retyped = await asyncio.gather(
            api.post("/items", json={"name": "x", "attributes": {field["name"]: "large"}}),
            api.patch(f"/custom-fields/{field['id']}", json={"value_type": "integer"}),
        )
        assert {item.status_code, retyped.status_code} in ({201, 409}, {422, 200})


async def test_only_defined_attributes_where_an_admin_decides_so(
    api: httpx.AsyncClient,
    caller: Callable[..., httpx.AsyncClient],
    workspace_id: UUID,
) -> None:
    """Free attributes are refused from then on; those that are there stay."""
    item = await add(api, "/items", name="Tent", attributes={"berths": 4})
    await define(api, "weight", "decimal")
    path = f"/v1/workspaces/{workspace_id}/custom-field-policy"
    assert (await api.put("/custom-field-policy", json={"only_defined": True})).status_code == 403
    admin = caller("catalog", workspace_id=workspace_id, role=MemberRole.ADMIN)
    undecided = (await admin.get(path)).json()
    assert undecided == {"only_defined": False, "version": 0, "updated_at": None}
    for _ in range(2):
        decided = (await admin.put(path, json={"only_defined": True})).json()
        assert (decided["only_defined"], decided["version"]) == (True, 1)
    assert (await admin.get(path)).json() == decided
    refused = await api.post("/items", json={"name": "Tent", "attributes": {"berths": 4}})
    assert faults(refused) == [("attributes.berths", "not-defined")]
    assert "weight" in refused.json()["errors"][0]["message"]
    kept = {"attributes": {"berths": 4, "weight": 2.5}}
    assert (await api.patch(f"/items/{item['id']}", json=kept)).status_code == 200
    assert (await admin.put(path, json={"only_defined": False})).json()["version"] == 2
    await add(api, "/items", name="Tent", attributes={"berths": 2})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"value_type": "integer"}, "name"),
        ({"name": "a.b", "value_type": "text"}, "name"),
        ({"name": "a", "value_type": "colour"}, "value_type"),
        ({"name": "a", "value_type": "enum"}, "options"),
        ({"name": "a", "value_type": "enum", "options": ["x", "x"]}, "options"),
        ({"name": "a", "value_type": "text", "options": ["x"]}, "options"),
        ({"name": "a", "value_type": "text", "position": -1}, "position"),
        ({"name": "a", "value_type": "text", "category_id": str(UUID(int=9))}, "category_id"),
    ],
)
async def test_a_bad_definition_is_named_by_field(
    api: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    """422, and nothing is defined."""
    answer = await api.post("/custom-fields", json=body)
    assert [name for name, _ in faults(answer)] == [field]
    assert (await api.get("/custom-fields")).json()["items"] == []


async def test_a_name_is_taken_whatever_its_case_and_a_category_is_kept(
    api: httpx.AsyncClient,
) -> None:
    """409 for both, which says what to do."""
    category = await add(api, "/categories", name="Tools")
    await define(api, "Voltage", "integer", category_id=category["id"])
    again = await api.post("/custom-fields", json={"name": "voltage", "value_type": "text"})
    assert faults(again) == [("name", "taken")]
    gone = await api.delete(f"/categories/{category['id']}")
    assert (gone.status_code, "custom field" in gone.json()["detail"]) == (409, True)


async def test_lists_are_filtered_by_attributes(api: httpx.AsyncClient) -> None:
    """By value whatever its type, by ranges of numbers and days, together and with any of several
    values; what has no such attribute is not found."""
    for name, attributes in {
        "A": {"voltage": 12, "case": "blue", "bought": "2025-01-15"},
        "B": {"voltage": 18.0, "case": "red", "bought": "2026-02-01"},
        "C": {"voltage": "18", "case": True},
        "D": {},
    }.items():
        await add(api, "/items", name=name, attributes=attributes)

    async def found(*query: tuple[str, str]) -> str:
        answer = await api.get("/items", params=list(query))
        assert answer.status_code == 200, answer.text
        return "".join(sorted(item["name"] for item in answer.json()["items"]))

    assert await found(("attribute.voltage", "18")) == "BC"
    assert await found(("attribute.case", "true")) == "C"
    assert await found(("attribute.case", "red"), ("attribute.case", "blue")) == "AB"
    assert await found(("attribute.voltage", "18"), ("attribute.case", "red")) == "B"
    assert await found(("attribute.voltage.min", "12.5")) == "B"
    assert await found(("attribute.voltage.min", "12"), ("attribute.voltage.max", "17")) == "A"
    assert await found(("attribute.bought.max", "2025-12-31")) == "A"
    assert await found(("attribute.berths", "2")) == ""
    assert await found(("attribute.x' OR true--", "2")) == ""
    refused = await api.get("/items", params={"attribute.voltage.min": "many"})
    assert faults(refused) == [("attribute.voltage.min", "invalid")]
