"""What happens to a loan after it was requested."""

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from integration.loans.rig import Desk, in_days


async def test_all_comes_back(desk: Desk) -> None:
    """A return without a body takes everything back, and says when."""
    loan = await desk.lent(quantity=2)
    answer = await desk.api.post(f"/loans/{loan['id']}/return")
    assert answer.status_code == 200, answer.text
    returned = answer.json()
    assert (returned["status"], returned["returned_quantity"]) == ("returned", 2)
    assert [one["quantity"] for one in returned["returns"]] == [2]
    assert returned["returns"][0]["returned_at"] == returned["returned_at"]


async def test_some_come_back(desk: Desk) -> None:
    """Part by part: each with its condition and notes, the last one closes the loan."""
    loan = await desk.lent(quantity=3)
    path = f"/loans/{loan['id']}/return"
    part = (await desk.api.post(path, json={"quantity": 2, "condition": "GOOD"})).json()
    assert (part["status"], part["returned_quantity"]) == ("partially_returned", 2)
    assert part["returned_at"] is None
    rest = (await desk.api.post(path, json={"condition": "DAMAGED", "notes": "one peg"})).json()
    assert rest["status"] == "returned"
    assert [(one["quantity"], one["condition"], one["notes"]) for one in rest["returns"]] == [
        (2, "GOOD", None),
        (1, "DAMAGED", "one peg"),
    ]


async def test_returns_are_told(desk: Desk) -> None:
    """Each return tells what came back just now, all that did so far, and what changed."""
    loan = await desk.lent(quantity=3)
    path = f"/loans/{loan['id']}/return"
    await desk.api.post(path, json={"quantity": 2, "condition": "GOOD", "notes": "dry"})
    await desk.api.post(path)
    [_, _, (first, part), (second, rest)] = await desk.told(loan["id"])
    assert (first, second) == ("partially_returned", "returned")
    assert part["return"] == {"quantity": 2, "condition": "GOOD", "notes": "dry"}
    assert part["changes"] == {
        "status": ["active", "partially_returned"],
        "returned_quantity": [0, 2],
    }
    assert (part["returned_quantity"], part["version"], part["status"]) == (
        2,
        3,
        "partially_returned",
    )
    assert rest["return"] == {"quantity": 1, "condition": None, "notes": None}
    assert (rest["returned_quantity"], rest["version"], rest["status"]) == (3, 4, "returned")
    assert rest["returned_at"] is not None


async def test_no_more_comes_back_than_is_out(desk: Desk) -> None:
    """409 with how many are out; nothing changes."""
    loan = await desk.lent(quantity=2)
    answer = await desk.api.post(f"/loans/{loan['id']}/return", json={"quantity": 3})
    assert (answer.status_code, answer.json()["code"]) == (409, "more-than-out")
    assert answer.json()["open_quantity"] == 2
    assert await desk.see(f"/loans/{loan['id']}") == loan


async def test_units_come_back_once(desk: Desk) -> None:
    """Ten returns of one at once, of a loan of four: four succeed."""
    loan = await desk.lent(quantity=4)
    answers = await asyncio.gather(
        *(desk.api.post(f"/loans/{loan['id']}/return", json={"quantity": 1}) for _ in range(10))
    )
    assert Counter(answer.status_code for answer in answers) == {200: 4, 409: 6}
    assert (await desk.see(f"/loans/{loan['id']}"))["status"] == "returned"


@pytest.mark.parametrize("state", ["requested", "returned", "cancelled", "rejected"])
@pytest.mark.parametrize("verb", ["return", "extend"])
async def test_what_is_not_out_is_neither_returned_nor_extended(
    desk: Desk, state: str, verb: str
) -> None:
    """409 `not-out` that says what the loan is."""
    loan = await desk.lent() if state == "returned" else await desk.request()
    if state == "rejected":
        await desk.refuse(loan)
        await desk.settles(loan, status="rejected")
    elif state != "requested":
        await desk.api.post(f"/loans/{loan['id']}/{state.removesuffix('ed').removesuffix('l')}")
    body = {"due_at": in_days(3)} if verb == "extend" else {}
    answer = await desk.api.post(f"/loans/{loan['id']}/{verb}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "not-out")
    assert answer.json()["loan_status"] == state


async def test_a_loan_is_extended(desk: Desk) -> None:
    """To a later time, which is told with the one before."""
    loan = await desk.lent(due_at=in_days(5))
    answer = await desk.api.post(f"/loans/{loan['id']}/extend", json={"due_at": in_days(12)})
    assert answer.status_code == 200, answer.text
    assert answer.json()["due_at"] > loan["due_at"]
    (verb, payload) = (await desk.told(loan["id"]))[-1]
    assert (verb, list(payload["changes"])) == ("extended", ["due_at"])


async def test_a_loan_without_end_is_given_one(desk: Desk) -> None:
    """Extending a loan that has no due time sets its first."""
    loan = await desk.lent()
    answer = await desk.api.post(f"/loans/{loan['id']}/extend", json={"due_at": in_days(7)})
    assert (answer.status_code, answer.json()["due_at"] is None) == (200, False)


@pytest.mark.parametrize("days", [5, 4, 0])
async def test_extending_goes_forward(desk: Desk, days: int) -> None:
    """The same time or an earlier one is a 422 on `due_at`, and so is a number."""
    due = in_days(5)
    loan = await desk.lent(due_at=due)
    again = 2026 if days == 0 else due if days == 5 else in_days(days)
    answer = await desk.api.post(f"/loans/{loan['id']}/extend", json={"due_at": again})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "due_at"


async def test_a_request_is_withdrawn(desk: Desk) -> None:
    """Before inventory answers; doing so again changes nothing."""
    loan = await desk.request()
    for _ in range(2):
        answer = await desk.api.post(f"/loans/{loan['id']}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert await desk.verbs(loan["id"]) == ["requested", "cancelled"]


async def test_what_is_out_is_not_cancelled(desk: Desk) -> None:
    """409 that says to return it instead."""
    loan = await desk.lent()
    answer = await desk.api.post(f"/loans/{loan['id']}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "not-pending")
    assert "return it instead" in answer.json()["detail"]


async def test_notes_change(desk: Desk) -> None:
    """They are told as an update; saying the same again tells nothing."""
    loan = await desk.request(notes="blue one")
    for _ in range(2):
        answer = await desk.api.patch(f"/loans/{loan['id']}", json={"notes": "red one"})
        assert (answer.status_code, answer.json()["version"]) == (200, 2)
    [_, (verb, payload)] = await desk.told(loan["id"])
    assert (verb, payload["changes"]) == ("updated", {"notes": ["blue one", "red one"]})


@pytest.mark.parametrize(
    ("verb", "body"),
    [("return", {}), ("extend", {"due_at": in_days(9)}), ("cancel", None), ("", {"notes": "x"})],
)
async def test_a_stale_version_changes_nothing(
    desk: Desk, verb: str, body: dict[str, Any] | None
) -> None:
    """412 for an ETag that is not the loan's, on every change."""
    loan = await desk.lent()
    answer = await desk.api.request(
        "POST" if verb else "PATCH",
        f"/loans/{loan['id']}/{verb}".rstrip("/"),
        json=body,
        headers={"If-Match": '"1"'},
    )
    assert (answer.status_code, answer.json()["code"]) == (412, "stale-version")
    assert await desk.see(f"/loans/{loan['id']}") == loan


async def test_the_current_version_does(desk: Desk) -> None:
    """The ETag of the read before is accepted; an unchanged loan is a 304."""
    loan = await desk.lent()
    read = await desk.api.get(f"/loans/{loan['id']}")
    etag = {"If-None-Match": read.headers["etag"]}
    assert (await desk.api.get(f"/loans/{loan['id']}", headers=etag)).status_code == 304
    answer = await desk.api.post(
        f"/loans/{loan['id']}/return", headers={"If-Match": read.headers["etag"]}
    )
    assert (answer.status_code, answer.headers["etag"]) == (200, '"3"')


async def test_loans_are_found(desk: Desk) -> None:
    """By status, borrower, entry, item, and whether they are overdue; newest first."""
    tent, drill = await desk.shelved("Tent"), await desk.shelved("Drill")
    ann, ben = await desk.borrower("Ann"), await desk.borrower("Ben")
    late = await desk.lent(tent, borrower_id=ann, due_at="2026-01-01T00:00:00Z")
    held = await desk.lent(drill, borrower_id=ann, due_at=in_days(9))
    asked = await desk.request(tent, borrower_id=ben, due_at="2026-01-01T00:00:00Z")

    async def found(query: str) -> list[str]:
        return [one["id"] for one in (await desk.see(f"/loans?{query}"))["items"]]

    assert await found("") == [asked["id"], held["id"], late["id"]]
    assert await found("status=requested") == [asked["id"]]
    assert await found(f"borrower_id={ann}") == [held["id"], late["id"]]
    assert await found(f"inventory_id={tent}") == [asked["id"], late["id"]]
    assert await found(f"item_id={held['item_id']}") == [held["id"]]
    assert await found("overdue=true") == [late["id"]]
    assert await found("overdue=false") == [asked["id"], held["id"]]
    assert await found(f"borrower_id={ann}&overdue=true&status=active") == [late["id"]]
    assert await found(f"borrower_id={uuid4()}") == []


async def test_loans_come_in_pages(desk: Desk) -> None:
    """Every loan once, in order, whatever the page."""
    borrower = await desk.borrower()
    made = [(await desk.request(borrower_id=borrower))["id"] for _ in range(5)]
    seen: list[str] = []
    query = "limit=2"
    while True:
        page = await desk.see(f"/loans?{query}")
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        query = f"limit=2&cursor={page['next_cursor']}"
    assert seen == made[::-1]


@pytest.mark.parametrize(
    "query", ["status=lost", "borrower_id=x", "overdue=maybe", "cursor=!!", "limit=0", "limit=201"]
)
async def test_a_list_that_makes_no_sense(desk: Desk, query: str) -> None:
    """422, never a 500."""
    assert (await desk.api.get(f"/loans?{query}")).status_code == 422


@pytest.mark.parametrize("verb", ["return", "extend", "cancel", None])
async def test_another_workspace_has_no_such_loan(
    desk: Desk,
    verb: str | None,
    caller: Any,  # noqa: ANN401 - a fixture's factory
) -> None:
    """404 for reads and every change, and the loan stays as it is."""
    loan = await desk.lent()
    elsewhere = uuid4()
    other = caller("loans", workspace_id=elsewhere)
    path = f"/v1/workspaces/{elsewhere}/loans/{loan['id']}"
    if verb is None:
        answer = await other.get(path)
    else:
        body = {"due_at": in_days(3)} if verb == "extend" else {}
        answer = await other.post(f"{path}/{verb}", json=body)
    assert answer.status_code == 404
    assert await desk.see(f"/loans/{loan['id']}") == loan
