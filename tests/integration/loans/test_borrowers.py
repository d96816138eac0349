"""What borrowers promise."""

from typing import Any
from uuid import uuid4

import pytest
from integration.loans.rig import Desk

from chassis.identity import MemberRole


async def test_a_borrower_is_added(desk: Desk) -> None:
    """201 with where they are, every field as it was given, and what was told of it."""
    body = {
        "name": "  Gertrude Stein ",
        "external_id": "https://example.org/stein",
        "email": "stein@example.org",
        "phone": "+33 1 23 45",
        "notes": "27 rue de Fleurus",
        "user_id": str(uuid4()),
    }
    answer = await desk.api.post("/borrowers", json=body)
    assert answer.status_code == 201, answer.text
    borrower = answer.json()
    expected = body | {"name": "Gertrude Stein", "is_archived": False, "version": 1}
    assert {name: borrower[name] for name in expected} == expected
    assert answer.headers["location"].endswith(f"/borrowers/{borrower['id']}")
    [(verb, payload)] = await desk.told(borrower["id"])
    assert verb == "created"
    assert {name: payload[name] for name in expected} == expected
    assert await desk.see(f"/borrowers/{borrower['id']}") == borrower


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "n" * 201},
        {"name": None},
        {"email": "nobody"},
        {"email": "a b@example.org"},
        {"user_id": "me"},
        {"notes": "\u0000"},
        {"standing": "good"},
    ],
)
async def test_a_borrower_that_makes_no_sense(desk: Desk, wrong: dict[str, Any]) -> None:
    """422 that names the field."""
    answer = await desk.api.post("/borrowers", json={"name": "Ann"} | wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_an_external_id_is_one_borrowers(desk: Desk) -> None:
    """A second borrower with it is refused; two of one name are not."""
    await desk.borrower("Ann", external_id="m-1")
    answer = await desk.api.post("/borrowers", json={"name": "Ben", "external_id": "m-1"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (409, "external_id")
    await desk.borrower("Ann", external_id="m-2")
    assert len((await desk.see("/borrowers"))["items"]) == 2


async def test_borrowers_are_found(desk: Desk) -> None:
    """By words in name, external_id, e-mail and phone, taken literally, and by external_id."""
    ann = await desk.borrower("Ann Lee 100%", external_id="m-1", email="ann@example.org")
    ben = await desk.borrower("Ben Lee", external_id="m-2", phone="555-0199")

    async def found(query: str) -> list[str]:
        return [one["id"] for one in (await desk.see(f"/borrowers?{query}"))["items"]]

    assert await found("") == [ben, ann]
    assert await found("q=lee+ANN") == [ann]
    assert await found("q=0199") == [ben]
    assert await found("q=100%25") == [ann]
    assert await found("q=_") == []
    assert await found("external_id=m-2") == [ben]
    assert await found("external_id=m-") == []


async def test_a_borrower_changes(desk: Desk) -> None:
    """Only the fields sent, told from old to new; a stale ETag is a 412."""
    borrower = await desk.borrower("Ann", phone="1")
    path = f"/borrowers/{borrower}"
    answer = await desk.api.patch(path, json={"phone": None, "name": "Ann B"})
    assert (answer.status_code, answer.json()["phone"]) == (200, None)
    (verb, payload) = (await desk.told(borrower))[-1]
    assert verb == "updated"
    assert payload["changes"] == {"phone": ["1", None], "name": ["Ann", "Ann B"]}
    stale = await desk.api.patch(path, json={"name": "C"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412


async def test_an_archived_borrower_comes_back(desk: Desk) -> None:
    """Out of the list while archived; each told once, however often it is asked for."""
    borrower = await desk.borrower()
    for verb, listed in (("archive", 0), ("archive", 0), ("restore", 1), ("restore", 1)):
        assert (await desk.api.post(f"/borrowers/{borrower}/{verb}")).status_code == 200
        assert len((await desk.see("/borrowers"))["items"]) == listed
        assert len((await desk.see("/borrowers?archived=true"))["items"]) == 1 - listed
    assert await desk.verbs(borrower) == ["created", "archived", "restored"]


async def test_an_archived_borrower_brings_things_back(desk: Desk) -> None:
    """What they have out can be returned and extended."""
    loan = await desk.lent()
    await desk.api.post(f"/borrowers/{loan['borrower_id']}/archive")
    assert (await desk.api.post(f"/loans/{loan['id']}/return")).status_code == 200


async def test_who_never_borrowed_can_be_deleted(desk: Desk) -> None:
    """204, then a 404, and the last state is told."""
    borrower = await desk.borrower()
    assert (await desk.api.delete(f"/borrowers/{borrower}")).status_code == 204
    assert (await desk.api.get(f"/borrowers/{borrower}")).status_code == 404
    assert await desk.verbs(borrower) == ["created", "deleted"]


async def test_who_ever_borrowed_stays(desk: Desk) -> None:
    """409 `has-loans`, though all came back."""
    loan = await desk.lent()
    await desk.api.post(f"/loans/{loan['id']}/return")
    answer = await desk.api.delete(f"/borrowers/{loan['borrower_id']}")
    assert (answer.status_code, answer.json()["code"]) == (409, "has-loans")


async def test_loans_name_their_borrower_as_now(desk: Desk) -> None:
    """A borrower who takes another name has it on old loans too."""
    loan = await desk.lent(borrower_id=await desk.borrower("Ann Lee"))
    await desk.api.patch(f"/borrowers/{loan['borrower_id']}", json={"name": "Ann Moss"})
    assert (await desk.see(f"/loans/{loan['id']}"))["borrower_name"] == "Ann Moss"


async def test_viewers_read(desk: Desk, caller: Any) -> None:  # noqa: ANN401
    """A viewer sees borrowers and changes none; a stranger sees none."""
    borrower = await desk.borrower()
    path = f"/v1/workspaces/{desk.workspace_id}/borrowers"
    viewer = caller("loans", workspace_id=desk.workspace_id, role=MemberRole.VIEWER)
    assert (await viewer.get(f"{path}/{borrower}")).status_code == 200
    assert (await viewer.post(path, json={"name": "X"})).status_code == 403
    assert (await viewer.delete(f"{path}/{borrower}")).status_code == 403
    elsewhere = uuid4()
    stranger = caller("loans", workspace_id=elsewhere, role=MemberRole.OWNER)
    assert (await stranger.get(f"{path}/{borrower}")).status_code == 404
    foreign = await stranger.get(f"/v1/workspaces/{elsewhere}/borrowers/{borrower}")
    assert foreign.status_code == 404
