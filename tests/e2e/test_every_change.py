"""Every change of every field is told with what it was before and is after, and the activity shows
it: of all that catalog and inventory have, by every field that can be changed and every verb.

The contract says which fields there are, so that a new one is asked about without a word here. What
changed is what changed in the database.
"""

import json
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from support.callers import Person
from support.permissions import ROOT
from support.waiting import eventually

Json = dict[str, Any]
#: Noted beside what is told, or told by the event's own head.
UNTOLD = {"version", "updated_at"}
#: The service, the path, the table and what the activity calls each.
KINDS: dict[str, tuple[str, str, str]] = {
    "item": ("catalog", "items", "items"),
    "category": ("catalog", "categories", "categories"),
    "label": ("catalog", "labels", "labels"),
    "company": ("catalog", "companies", "companies"),
    "wish": ("catalog", "wishlist", "wishes"),
    "location": ("inventory", "locations", "locations"),
    "container": ("inventory", "containers", "containers"),
    "stock": ("inventory", "inventory", "entries"),
}
VERBS: list[tuple[str, Json]] = [
    ("adjust", {"delta": 2, "reason": "found"}),
    ("count", {"quantity": 9}),
    ("use", {"used_at": "2024-05-01T12:00:00Z"}),
    ("archive", {}),
    ("restore", {}),
    ("move", {"location_id": "other", "container_id": "box"}),
    ("move", {"location_id": "first", "quantity": 2}),
    ("merge", {"into": "twin"}),
]


@dataclass
class Books:
    """A workspace, and what can be seen of it from within."""

    owner: Person
    connections: dict[str, Any]

    async def row(self, kind: str, id_: str) -> Json:
        service, _, table = KINDS[kind]
        text = await self.connections[service].fetchval(
            f"SELECT to_jsonb(t) FROM {table} t WHERE id = $1", id_
        )
        row: Json = json.loads(text)
        return row

    async def told(self, kind: str, id_: str, since: int) -> tuple[Json, Json]:
        """What events after a version say has changed, by the activity; and the last one's
        state."""
        service = KINDS[kind][0]
        rows = await self.connections[service].fetch(
            """
            SELECT event_id, payload FROM outbox
            WHERE key = $1 AND aggregate_version > $2 ORDER BY id
            """,
            id_,
            since,
        )
        events = {str(row["event_id"]) for row in rows}

        async def shown() -> list[Json]:
            page = await self.owner.see(f"/activity?entity_id={id_}")
            found = [one for one in page["items"] if one["id"] in events]
            assert len(found) == len(events)
            return found[::-1]

        changes: Json = {}
        for one in await eventually(shown):
            for change in one["changes"]:
                first = changes.get(change["field"], [change["from"]])[0]
                changes[change["field"]] = [first, change["to"]]
        return changes, json.loads(rows[-1]["payload"])

    async def all_is_told(self, kind: str, id_: str, act: Callable[[], Awaitable[None]]) -> Json:
        """Require that what `act` changes of it is what is told; the changes."""
        before = await self.row(kind, id_)
        await act()
        after = await self.row(kind, id_)
        changes, state = await self.told(kind, id_, before["version"])
        changed = {
            name: pair
            for field in before.keys() & state.keys() - UNTOLD
            for name, pair in told_apart(field, before[field], after[field])
            if pair[0] != pair[1]
        }
        assert changes == changed
        return changed


def told_apart(field: str, before: Any, after: Any) -> list[tuple[str, list[Any]]]:  # noqa: ANN401
    """A field's values before and after; those of an item's attributes each by itself."""
    if field != "attributes":
        return [(field, [before, after])]
    return [
        (f"{field}.{name}", [before.get(name), after.get(name)])
        for name in before.keys() | after.keys()
    ]


@pytest.fixture
async def workspace(person: Callable[..., Any], connect: Callable[[str], Any]) -> Books:
    connections = {name: await connect(name) for name in ("catalog", "inventory")}
    return Books(await person(), connections)


@pytest.fixture
async def known(workspace: Books) -> dict[str, Json]:
    """Something to refer to, of each kind."""
    owner = workspace.owner
    found: dict[str, Json] = {}
    for name, path in (("category", "/categories"), ("label", "/labels"), ("first", "/locations")):
        found[name] = await owner.add(path, {"name": name})
    found["other"] = await owner.add("/locations", {"name": "other"})
    found["company"] = await owner.add("/companies", {"name": "company"})
    found["box"] = await owner.add(
        "/containers", {"name": "box", "location_id": found["other"]["id"]}
    )
    found["item"] = await owner.add("/items", {"name": "item"})
    return found


def patch_of(kind: str, state: Json, known: dict[str, Json]) -> Json:
    """A body that changes every field there is to change."""
    service, path, _ = KINDS[kind]
    document = json.loads((ROOT / f"contracts/openapi/{service}.json").read_text())
    [operation] = [
        methods["patch"]
        for address, methods in document["paths"].items()
        if "patch" in methods and re.fullmatch(rf"/v1/workspaces/[^/]+/{path}/[^/]+", address)
    ]
    name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    schema = document["components"]["schemas"][name.rpartition("/")[2]]
    references = {
        "category_id": known["category"]["id"],
        "labels": [known["label"]["id"]],
        "purchased_from": known["company"]["id"],
        "location_id": known["other"]["id"],
        "short_code": secrets.token_hex(5).upper(),  # there once in all workspaces
        "parent_id": {
            "category": known["category"]["id"],
            "location": known["first"]["id"],
            "container": known["box"]["id"],
        }.get(kind),
    }
    body = schema["examples"][0] | {
        field: value for field, value in references.items() if field in schema["properties"]
    }
    missing = schema["properties"].keys() - body.keys()
    assert not missing, f"give {kind}.{missing} an example, or a reference above"
    return {
        field: other(value, state.get(field), choices(document, schema["properties"][field]))
        for field, value in body.items()
    }


def choices(document: Json, schema: Json) -> list[object]:
    """What a field's enumeration has; nothing for a field without one."""
    options = [schema, *schema.get("anyOf", ())]
    names = [option["$ref"].rpartition("/")[2] for option in options if "$ref" in option]
    return [value for name in names for value in document["components"]["schemas"][name]["enum"]]


def other(value: object, present: object, choices: list[object]) -> object:
    """`value`, or another of its kind where that is what is there."""
    if value != present:
        return value
    if choices:
        return next(choice for choice in choices if choice != present)
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else value


async def test_every_field_that_changes_is_told(workspace: Books, known: dict[str, Json]) -> None:
    """All of them at once: each is in the activity with its values before and after."""
    for kind, (_, path, _) in KINDS.items():
        body: Json = {"name": "x"}
        if kind == "container":
            body["location_id"] = known["first"]["id"]
        if kind == "stock":
            body = {"item_id": known["item"]["id"], "location_id": known["first"]["id"]}
        made = await added(workspace.owner, f"/{path}", body)
        changes = patch_of(kind, made, known)
        change = partial(patch, workspace.owner, f"/{path}/{made['id']}", changes)
        told = await workspace.all_is_told(kind, made["id"], change)
        assert {name.partition(".")[0] for name in told} == changes.keys(), kind


async def added(owner: Person, path: str, body: Json) -> Json:
    """What was added; an entry, once inventory has heard of its item."""
    made: Json = await eventually(lambda: owner.add(path, body))
    return made


async def patch(owner: Person, path: str, body: Json) -> None:
    answer = await owner.http.patch(owner.at(path), json=body)
    assert answer.status_code == 200, answer.text


async def test_every_verb_of_stock_tells_all_that_it_changes(
    workspace: Books, known: dict[str, Json]
) -> None:
    """Of an entry that goes through them all, and of the one that it is merged with; and so does
    the undoing of each."""
    owner = workspace.owner
    where = {"item_id": known["item"]["id"], "location_id": known["first"]["id"]}
    entry = await added(owner, "/inventory", {**where, "quantity": 5})
    known["twin"] = await owner.add("/inventory", where)

    async def post(path: str, body: Json) -> None:
        answer = await owner.http.post(owner.at(path), json=body)
        assert answer.is_success, answer.text

    async def act(verb: str, body: Json) -> Json:
        ids = {k: known[v]["id"] if v in known else v for k, v in body.items()}
        path = f"/inventory/{entry['id']}/{verb}"
        return await workspace.all_is_told("stock", entry["id"], lambda: post(path, ids))

    for verb, body in VERBS:
        done = await act(verb, body)
        assert done, verb
        [movement, *_] = (await owner.see(f"/movements?inventory_id={entry['id']}"))["items"]
        if verb in {"adjust", "use", "merge"}:
            undo = f"/movements/{movement['id']}/undo"
            undone = await workspace.all_is_told("stock", entry["id"], lambda at=undo: post(at, {}))
            assert {field: pair[::-1] for field, pair in undone.items()} == done
    merge = f"/inventory/{known['twin']['id']}/merge"
    gained = await workspace.all_is_told(
        "stock", entry["id"], lambda: post(merge, {"into": entry["id"]})
    )
    assert gained.keys() == {"quantity"}
