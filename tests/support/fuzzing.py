"""Requests made up from the OpenAPI document, good ones and bad ones, and what no answer may be.

One person sends them all, in a workspace of their own. Now and then an id in them is one of another
person's workspace, of which no answer may tell.
"""

import contextlib
import copy
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import requests
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky, Unsatisfiable
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.stateful.state_machine import APIStateMachine
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from chassis.access import SESSION
from support.callers import Person

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
METHODS = ("get", "post", "put", "patch", "delete")
FOREIGN_WORKSPACE, FOREIGN_IDS, OWN_IDS = 11, 7, 2  # of so many requests, one
FAILURES_TOLD = 30
CORE = {"catalog/items", "inventory/locations", "inventory", "loans/borrowers", "loans"}
CALM = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Stranger:
    """The other workspace: its ids by the names that paths and bodies give them, and text that is
    nowhere but in it."""

    ids: dict[str, str]
    marks: tuple[str, ...]


@dataclass
class Fuzzer:
    """Sends as `person`; keeps what was answered, and every answer that should not have been.
    `ids` are of things in their workspace, as `stranger` has those of the other's. What may end a
    session or an account is sent by one of the `expendable` after the other."""

    url: str
    person: Person
    ids: dict[str, str]
    stranger: Stranger
    expendable: list[Person]
    answered: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)
    sent: int = 0
    begun: int = 0  # journeys

    def __post_init__(self) -> None:
        self.session = requests.Session()
        self._tokens = [one.http.headers["authorization"] for one in self.expendable]

    def operations(self, document: dict[str, Any], *, examples: int, bad_to_each: int = 1) -> None:
        """So many good requests to every operation, and as many bad ones to one of `bad_to_each`
        in turn."""
        schema = from_dict(document)
        for number, result in enumerate(schema.get_all_operations()):
            modes = [GenerationMode.POSITIVE]
            modes += [] if number % bad_to_each else [GenerationMode.NEGATIVE]
            for mode in modes:

                @settings(CALM, max_examples=examples)
                @given(case=result.ok().as_strategy(generation_mode=mode))
                def ask(case: Case) -> None:
                    self.adapt(case)
                    self.judge(case, self.send(case))

                try:
                    ask()
                except Unsatisfiable:  # nothing in such a request can be wrong
                    continue

    def journeys(self, document: dict[str, Any], *, examples: int, steps: int) -> None:
        """So many journeys, each of some steps, whose ids come out of earlier answers. Each is
        through what everything is about and a share of the rest: of more transitions than
        Hypothesis looks through (10,000) it would find none to begin with."""
        calm = settings(CALM, max_examples=1, stateful_step_count=steps)
        for number in range(examples):
            machine = self._machine(_part(document, number, examples))
            # What a rule can draw hangs on what was answered, which differs.
            with contextlib.suppress(Flaky):
                seed(number)(machine).run(settings=calm)

    def _machine(self, document: dict[str, Any]) -> type[APIStateMachine]:
        fuzzer = self

        class Journey(from_dict(document).as_state_machine()):  # type: ignore[misc]
            def setup(self) -> None:
                fuzzer.begun += 1

            def before_call(self, case: Case) -> None:
                fuzzer.adapt(case)

            def call(self, case: Case, **_: Any) -> Response:  # noqa: ANN401
                return fuzzer.send(case)

            def validate_response(self, response: Response, case: Case, **_: Any) -> None:  # noqa: ANN401
                fuzzer.judge(case, response)

        return Journey

    def adapt(self, case: Case) -> None:
        """Into one's own workspace; now and then into the other's, or with ids of it."""
        self.sent += 1
        parameters = case.path_parameters
        if "workspace_id" in parameters and self._is_id(parameters["workspace_id"]):
            foreign = self.sent % FOREIGN_WORKSPACE == 0
            parameters["workspace_id"] = (
                self.stranger.ids["workspace_id"] if foreign else self.person.workspace_id
            )
        if self.sent % FOREIGN_IDS == 0:
            self._name(case, self.stranger.ids)
        elif self.sent % OWN_IDS == 0:
            self._name(case, self.ids)

    @staticmethod
    def _name(case: Case, ids: dict[str, str]) -> None:
        # A user is no workspace's: a borrower that names one is kept, and shows it again.
        in_bodies = ids.keys() - {"user_id"}
        for named, names in ((case.path_parameters, ids.keys()), (case.body, in_bodies)):
            if isinstance(named, dict):
                for name in named.keys() & names - {"workspace_id"}:
                    named[name] = ids[name]

    @staticmethod
    def _is_id(value: object) -> bool:
        return re.fullmatch(r"[0-9a-f-]{36}", str(value), re.IGNORECASE) is not None

    def send(self, case: Case) -> Response:
        return case.call(
            base_url=self.url,
            session=self.session,
            headers={"authorization": self._token(case)},
            allow_redirects=False,
        )

    def _token(self, case: Case) -> str:
        if _ends_something(case) and self._tokens:
            return self._tokens[0]
        return self.person.http.headers["authorization"]

    def close(self) -> None:
        self.session.close()

    def judge(self, case: Case, response: Response) -> None:
        """Keep what is wrong with an answer, once for each operation and kind of fault."""
        self.answered[f"{response.status_code // 100}xx"] += 1
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as group:
            for fault in group.exceptions:
                self._keep(case, response, str(fault))
        for told in self._told_of_the_stranger(response):
            self._keep(case, response, f"It tells of another workspace: {told}")
        if response.status_code == 401 and _ends_something(case) and len(self._tokens) > 1:
            self._tokens.pop(0)

    def _told_of_the_stranger(self, response: Response) -> list[str]:
        request = response.request
        asked = f"{request.url} {_text(request.body)}"
        private = [*self.stranger.marks, *self.stranger.ids.values()]
        return [one for one in private if one in response.text_lossy() and one not in asked]

    def _keep(self, case: Case, response: Response, fault: str) -> None:
        key = f"{case.operation.label}: {fault[:60]}"
        request = response.request
        self.failures.setdefault(
            key,
            f"{request.method} {request.url}\n  sent: {_text(request.body)[:500]}\n"
            f"  answered: {response.status_code} {response.text_lossy()[:500]}\n  {fault[:700]}",
        )

    def report(self) -> str:
        told = list(self.failures.values())
        more = len(told) - FAILURES_TOLD
        return "\n\n".join(told[:FAILURES_TOLD] + ([f"... and {more} more"] if more > 0 else []))


def _ends_something(case: Case) -> bool:
    """What changes an account, which only somebody who signed in may; and signing out."""
    operation = case.operation
    guarded = operation.definition.raw.get("security") == [{"bearer": [SESSION]}]
    return (guarded and operation.method != "get") or operation.path == "/v1/auth/logout"


def _part(document: dict[str, Any], number: int, of: int) -> dict[str, Any]:
    """The document with what everything is about, and one of so many shares of the rest."""
    tags = {tag for _, operation in _operations(document) for tag in operation["tags"]}
    kept = CORE | set(sorted(tags - CORE)[number::of])
    part = copy.deepcopy(document)
    for methods, operation in _operations(part):
        if not kept & set(operation["tags"]):
            methods.pop(next(name for name, one in methods.items() if one is operation))
    part["paths"] = {path: methods for path, methods in part["paths"].items() if methods}
    return part


def _operations(document: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [
        (methods, operation)
        for methods in document["paths"].values()
        for operation in methods.values()
    ]


def _text(body: object) -> str:
    if isinstance(body, bytes):
        return body.decode("utf-8", "replace")
    return body if isinstance(body, str) else json.dumps(body, default=str)
