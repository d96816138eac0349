"""Every row of `docs/permissions.md`, tried for real: each role, each scope of an access token, a
member of another workspace, and nobody.

Asked are the services themselves, with the identities that the gateway would have signed. What is
allowed must get past the question of who asks, and to things that exist; what changes a thing names
a version long gone, so that it is all there for the next who asks.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import httpx
import pytest
from support import callers, permissions
from support.callers import Person
from support.permissions import PUBLIC, SELF, Row
from support.processes import Processes
from support.tenants import furnish

from chassis.identity import HEADER, AccessScope, Identity, IdentitySigner, MemberRole

NO_MEMBER = "There is no such workspace, or you are no member of it."
SCOPES = [frozenset({scope}) for scope in AccessScope] + [frozenset(AccessScope)]
STANDING = (  # what places have to do with
    *("location_id", "container_id", "entry_id", "loan_id"),
    *("repair_id", "maintenance_id"),
)
#: Done once, nobody could try them after: asked about somebody who is no member.
ONCE = {"/v1/workspaces/{workspace_id}/transfer"}


class Answer(NamedTuple):
    """What a service answered: the `detail` of a problem, and all of the text."""

    status: int
    detail: str
    text: str


@dataclass
class Workspace:
    """One that people of every role share, with one of everything in it; `user_id` is one more
    member."""

    ids: dict[str, str]
    people: dict[MemberRole, Person]
    token_id: UUID  # of an access token of its owner


@pytest.fixture(scope="module")
async def workspace(processes: Processes) -> AsyncIterator[Workspace]:
    processes.everything()
    async with AsyncExitStack() as clients:

        async def register(name: str) -> Person:
            person = await callers.register(processes.url("gateway"), name)
            clients.push_async_callback(person.http.aclose)
            return person

        people = {role: await register(f"{role.title()} Person") for role in MemberRole}
        other, owner = await register("Olli Other"), people[MemberRole.OWNER]
        made = await owner.http.post("/v1/workspaces", json={"name": "Shared"})
        workspace_id = made.json()["id"]
        for role, person in [*people.items(), (MemberRole.VIEWER, other)]:
            if person is not owner:
                body = {"email": person.email, "role": role}
                await owner.add("/members", body, workspace_id)
        ids = await furnish(owner, "Shared", workspace_id)
        ids |= {"user_id": other.user_id, "email": other.email, "size": "150"}
        token = await owner.http.post("/v1/me/tokens", json={"name": "Matrix", "scopes": ["admin"]})
        yield Workspace(ids, people, UUID(token.json()["id"]))


@dataclass
class Asking:
    """Asks one operation of its service, as anybody."""

    http: httpx.AsyncClient
    signer: IdentitySigner
    url: str
    row: Row
    body: dict[str, Any] | None
    content: bytes | None  # where the body is a file
    query: dict[str, str]  # what has to be asked
    workspace: Workspace

    async def ask(self, who: Identity, **ids: str) -> Answer:
        nobody = {"user_id": str(uuid4())} if self.row.path in ONCE else {}
        known = self.workspace.ids | ids | nobody
        path = re.sub(r"\{(\w+)\}", lambda m: known.get(m[1], str(uuid4())), self.row.path)
        body = (
            None
            if self.body is None
            else self.body | {k: known[k] for k in self.body if k in known}
        )
        answer = await self.http.request(
            self.row.method,
            self.url + path,
            params=self.query,
            json=body,
            content=self.content,
            headers={
                HEADER: self.signer.sign(who),
                # A batch has no version, and says so.
                "if-match": "*" if path.endswith("/batch") else '"999999999"',
                "prefer": "respond-async",
            },
        )
        told = answer.json() if answer.status_code >= 400 else {}
        return Answer(answer.status_code, str(told.get("detail", "")), answer.text)

    def of(self, role: MemberRole, **more: Any) -> Identity:  # noqa: ANN401 - any claim
        """Somebody with this role who signed in, unless `more` says how else they come."""
        inside = "{workspace_id}" in self.row.path
        claims: dict[str, Any] = {
            "user_id": UUID(self.workspace.people[role].user_id),
            "session_id": uuid4(),
            "workspace_id": UUID(self.workspace.ids["workspace_id"]) if inside else None,
            "role": role if inside else None,
        }
        return Identity(**claims | more)


@pytest.fixture(scope="module")
async def askings(
    workspace: Workspace, processes: Processes, signer: IdentitySigner
) -> AsyncIterator[list[Asking]]:
    """All operations, by the table."""
    rows = {(row.method, row.path): row for row in permissions.rows()}
    async with httpx.AsyncClient(timeout=40) as http:
        yield [
            Asking(
                http,
                signer,
                processes.url(service),
                rows[method, path],
                permissions.example(service, operation),
                permissions.file_of(operation),
                permissions.query_of(operation),
                workspace,
            )
            for service, method, path, operation in permissions.operations()
        ]


def refused(answer: Answer) -> bool:
    return answer.status in {401, 403} or (answer.status, answer.detail) == (404, NO_MEMBER)


def masking(row: Row) -> set[int]:
    """Answers that would tell of a bad request, and not of who may make it. What guards an account
    asks for a password or a code that only its owner has."""
    inside = "{workspace_id}" in row.path and row.path not in ONCE
    return {400, 415, 422} if inside else {400, 415}


async def test_each_role_may_do_what_the_table_says(askings: list[Asking]) -> None:
    """Allowed: an answer about the thing. Refused: 403. For oneself alone: not for another."""
    wrong = []
    for asking in askings:
        row = asking.row
        for role in MemberRole if row.takes != PUBLIC else ():
            for_oneself = row.roles[role] == SELF
            oneself = {"user_id": asking.workspace.people[role].user_id} if for_oneself else {}
            answer = await asking.ask(asking.of(role), **oneself)
            if not row.allows(role):
                right = answer.status == 403
            else:
                right = not refused(answer) and answer.status not in masking(row)
            if for_oneself:
                right &= (await asking.ask(asking.of(role))).status == 403
            if not right or answer.status >= 500:
                wrong.append((row.method, row.path, role.value, answer))
    assert wrong == []


async def test_a_token_reaches_what_its_scopes_say(askings: list[Asking]) -> None:
    """Of an owner, who may do everything: with each scope alone, with all of them, and none of them
    where it takes having signed in. What others do for themselves is asked for oneself."""
    wrong = []
    for asking in askings:
        row, token_id = asking.row, asking.workspace.token_id
        for scopes in SCOPES if row.takes != PUBLIC else ():
            who = asking.of(MemberRole.OWNER, session_id=None, token_id=token_id, scopes=scopes)
            for_oneself = SELF in row.roles.values()
            answer = await asking.ask(who, **({"user_id": str(who.user_id)} if for_oneself else {}))
            if refused(answer) if row.allows_token(scopes) else answer.status != 403:
                wrong.append((row.method, row.path, sorted(scopes), answer))
    assert wrong == []


async def test_who_is_restricted_reaches_what_the_table_says(askings: list[Asking]) -> None:
    """A member restricted to a place where nothing stands. `within`: not a word of what stands
    elsewhere. Refused: 403."""
    wrong = []
    for asking in askings:
        row = asking.row
        answer = await asking.ask(asking.of(MemberRole.MEMBER, locations=frozenset({uuid4()})))
        told = [name for name in STANDING if asking.workspace.ids[name] in answer.text]
        match row.restricted:
            case permissions.NO:
                right = answer.status == 403
            case permissions.WITHIN:
                right = answer.status in {404, 422} or (answer.status == 200 and not told)
            case permissions.YES:
                right = answer.status < 300 or answer.status in {409, 412}
            case _:
                right = True
        if not right or answer.status >= 500:
            wrong.append((row.method, row.path, row.restricted, answer))
    assert wrong == []


async def test_a_member_of_another_workspace_and_nobody_get_nowhere(
    askings: list[Asking],
) -> None:
    """An owner elsewhere: 404, as if there were no such workspace. Nobody: 401, but where all is
    public."""
    wrong = []
    for asking in askings:
        row = asking.row
        if "{workspace_id}" in row.path:
            answer = await asking.ask(asking.of(MemberRole.OWNER, workspace_id=uuid4()))
            if (answer.status, answer.detail) != (404, NO_MEMBER):
                wrong.append((row.method, row.path, "stranger", answer))
        if row.takes != PUBLIC and (answer := await asking.ask(Identity())).status != 401:
            wrong.append((row.method, row.path, "nobody", answer))
    assert wrong == []
