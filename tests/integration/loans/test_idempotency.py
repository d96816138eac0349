"""One key, one loan: though a request commits before it knows its answer."""

import asyncio
from typing import Any
from uuid import uuid4

from integration.loans.rig import Desk


async def body_of(desk: Desk, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"inventory_id": str(uuid4()), "borrower_id": await desk.borrower(), **fields}


async def test_eight_at_once_make_one_loan(desk: Desk) -> None:
    """All eight wait for the one loan and get the very same answer."""
    body = await body_of(desk)
    headers = {"Prefer": "wait=30", "Idempotency-Key": "eight"}
    asking = [desk.asking(headers, **body) for _ in range(8)]
    [requested] = await desk.asked(1)
    await desk.hold(requested)
    answers = await asyncio.gather(*asking)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len((await desk.see("/loans"))["items"]) == 1


async def test_a_kept_answer_stays(desk: Desk) -> None:
    """The same request later gets the first answer, whatever became of the loan since."""
    body = await body_of(desk)
    headers = {"Prefer": "wait=30", "Idempotency-Key": "later"}
    asking = desk.asking(headers, **body)
    [requested] = await desk.asked()
    await desk.hold(requested)
    first = await asking
    await desk.api.post(f"/loans/{requested['id']}/return")
    again = await desk.api.post("/loans", json=body, headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["etag"] == first.headers["etag"]


async def test_a_refusal_is_kept_too(desk: Desk) -> None:
    """Asking again with the key of a refused request asks nothing again."""
    body = await body_of(desk)
    headers = {"Prefer": "wait=30", "Idempotency-Key": "refused"}
    asking = desk.asking(headers, **body)
    [requested] = await desk.asked()
    await desk.refuse(requested, free=0)
    first = await asking
    again = await desk.api.post("/loans", json=body, headers=headers)
    assert (again.status_code, again.content) == (409, first.content)
    await desk.asked(1)


async def test_a_pending_request_is_answered_when_it_can_be(desk: Desk) -> None:
    """Answered 202 before, the same request waits for the same loan, and gets its outcome."""
    body = await body_of(desk)
    pending = await desk.api.post(
        "/loans", json=body, headers={"Prefer": "respond-async", "Idempotency-Key": "pending"}
    )
    assert pending.status_code == 202
    asking = desk.asking({"Prefer": "wait=30", "Idempotency-Key": "pending"}, **body)
    await desk.hold(pending.json())
    answer = await asking
    assert (answer.status_code, answer.json()["id"]) == (201, pending.json()["id"])
    await desk.asked(1)


async def test_a_key_is_for_one_body(desk: Desk) -> None:
    """The key of another request is refused, and nothing is asked."""
    headers = {"Prefer": "respond-async", "Idempotency-Key": "one-body"}
    body = await body_of(desk)
    await desk.api.post("/loans", json=body, headers=headers)
    answer = await desk.api.post("/loans", json=body | {"quantity": 2}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    await desk.asked(1)


async def test_a_request_that_failed_leaves_its_key(desk: Desk) -> None:
    """After a 422 the key is free for the same request, once it can be met."""
    headers = {"Prefer": "respond-async", "Idempotency-Key": "failed"}
    borrower = await desk.borrower()
    await desk.api.post(f"/borrowers/{borrower}/archive")
    body = {"inventory_id": str(uuid4()), "borrower_id": borrower}
    assert (await desk.api.post("/loans", json=body, headers=headers)).status_code == 422
    await desk.api.post(f"/borrowers/{borrower}/restore")
    assert (await desk.api.post("/loans", json=body, headers=headers)).status_code == 202


async def test_returns_are_idempotent(desk: Desk) -> None:
    """The same return four times at once under one key takes one unit back."""
    loan = await desk.lent(quantity=4)
    headers = {"Idempotency-Key": f"return-{loan['id']}"}
    answers = await asyncio.gather(
        *(
            desk.api.post(f"/loans/{loan['id']}/return", json={"quantity": 1}, headers=headers)
            for _ in range(4)
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    assert (await desk.see(f"/loans/{loan['id']}"))["returned_quantity"] == 1
