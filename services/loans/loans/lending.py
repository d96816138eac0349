"""`POST …/loans`: ask, commit, wait for inventory's answer, and answer the client by it.

This is the one route that can't run in one transaction: inventory hears of a loan only once it is
committed. An `Idempotency-Key` therefore points to the loan in the first transaction, and is given
its answer in another once there is one; who repeats the request meanwhile waits for that loan too.
"""

import asyncio
from uuid import UUID

from fastapi import Request, Response

from chassis.database import lock_key
from chassis.http import answer
from chassis.idempotency import IdempotencyKey
from chassis.problems import Conflict, Problem
from chassis.reader import ScopedReader
from chassis.requests import database_of, identity_of
from chassis.responses import json_bytes
from chassis.scope import Scope
from chassis.unit_of_work import caller_of, scope_of
from services.loans.loans import repository, service
from services.loans.loans.outcomes import Outcomes, Waiter
from services.loans.loans.repository import State
from services.loans.loans.schemas import LoanRequest
from services.loans.loans.states import Refusal, Status
from services.loans.reach import no_entry


class InsufficientStock(Conflict):
    code, title = "insufficient-stock", "Not that many are free"


class NotAvailable(Conflict):
    code, title = "not-available", "This can't be lent as it is now"


class Withdrawn(Conflict):
    code, title = "loan-cancelled", "This loan was cancelled before it was decided"


async def lend(request: Request, body: LoanRequest, *, patience: float) -> Response:
    """Request a loan and wait at most `patience` seconds for its outcome: 201 active, 202 not
    known yet, or the problem that inventory has with it."""
    who = identity_of(request)
    scope = scope_of(who)
    database = database_of(request)
    outcomes: Outcomes = request.app.state.outcomes
    key = await IdempotencyKey.of(request, caller_of(who))
    with outcomes.waiter() as waiter:
        async with database.session(scope, named="request") as session:
            earlier = await key.claim(session) if key else None
            if earlier is not None and earlier.response is not None:
                return earlier.response
            if earlier is not None and earlier.resource_id is not None:
                loan_id = earlier.resource_id
                waiter.woken.set()  # it may be decided already
            else:
                loan_id = await service.request(session, body, who.locations)
                if key is not None:
                    await key.point(session, loan_id)
            waiter.watch(loan_id)
        reader = database.reader.within(scope)
        state = await _outcome(reader, waiter, loan_id, patience)
    response = _answer(request, loan_id, state)
    if key is None or state.status == Status.REQUESTED:
        return response
    return await _keep(request, scope, key, response)


async def _outcome(reader: ScopedReader, waiter: Waiter, loan_id: UUID, patience: float) -> State:
    """The loan once it is decided, or as it is when patience ends."""
    clock = asyncio.get_running_loop().time
    until = clock() + patience
    workspace_id = reader.scope.workspace_id
    assert workspace_id is not None  # noqa: S101 - the route is a workspace's
    while True:
        await waiter.pause(until - clock())
        state = await repository.state(reader, workspace_id, loan_id)
        if state.status != Status.REQUESTED or clock() >= until:
            return state


def _answer(request: Request, loan_id: UUID, state: State) -> Response:
    problem = _problem(loan_id, state)
    if problem is not None:
        return answer(problem, request)
    status = 202 if state.status == Status.REQUESTED else 201
    where = f"{request.url.path.rstrip('/')}/{loan_id}"
    headers = {"etag": f'"{state.version}"', "location": where}
    return json_bytes(state.document, status, headers)


def _problem(loan_id: UUID, state: State) -> Problem | None:
    if state.status == Status.CANCELLED:
        return Withdrawn(loan_id=str(loan_id))
    if state.status != Status.REJECTED:
        return None
    reason, free = Refusal(state.reason or Refusal.NOT_AVAILABLE), state.free_quantity
    if reason is Refusal.INSUFFICIENT_STOCK:
        return InsufficientStock(
            f"Ask for {free} or fewer, or wait until some come back."
            if free
            else "None are free; wait until some come back.",
            free_quantity=free,
            loan_id=str(loan_id),
        )
    if reason is Refusal.NOT_FOUND:
        return no_entry(loan_id=str(loan_id))
    return NotAvailable(
        "The inventory entry is archived or in a status that can't be lent.", loan_id=str(loan_id)
    )


async def _keep(
    request: Request, scope: Scope, key: IdempotencyKey, response: Response
) -> Response:
    """Give the key its answer, unless another request with it was first: then theirs is ours."""
    async with database_of(request).session(scope) as session:
        await lock_key(session, f"idempotency-key:{key.scope}:{key.key}")
        earlier = await key.claim(session)
        if earlier is not None and earlier.response is not None:
            return earlier.response
        await key.keep(session, response)
    return response
