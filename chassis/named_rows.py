"""Things that people know by name, with an own identifier or without: found by what files call
them, made where they are missing, and brought in as rows of their own."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from pydantic import ValidationError

from chassis.bulk import State, Table, edited
from chassis.database import TenantSession
from chassis.events import Event
from chassis.field_errors import told
from chassis.fields import RequestBody, sent
from chassis.importing import UNCHANGED, UPDATED, Making, Outcome, check_in_use
from chassis.imports import ImportRow
from chassis.outbox import stage_state
from chassis.problems import Problem
from chassis.statements import Statement

Key = tuple[str, str]  # a field, and what it says

NAME, EMAIL = "name", "email"
_BOTH = re.compile(r"(?P<name>.*\S)\s*<(?P<email>[^@\s<>]+@[^@\s<>]+)>")


def name_and_email(name: str, email: str) -> str:
    """Somebody by both, as mail has it: people share names, and families their addresses."""
    return f"{name} <{email}>"


@dataclass(frozen=True, slots=True)
class Found:
    id: UUID
    is_archived: bool
    name: str = ""
    email: str | None = None


@dataclass(slots=True)
class Resolved:
    """`found`: what names stand for; `wrong`: why others stand for nothing."""

    found: dict[str, Found] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


class Names:
    """The things of one `kind`. `keys`: fields that tell them apart, first things first, each with
    whether it is compared whatever the case. `create` and `patch` are the bodies that rows have to
    fit. What has an e-mail is told apart by its name, too."""

    def __init__(
        self,
        kind: str,
        one: str,
        table: Table,
        keys: Mapping[str, bool],
        *,
        create: type[RequestBody],
        patch: type[RequestBody],
        created: type[Event],
        updated: type[Event],
    ) -> None:
        self.kind, self.one = kind, one
        self._table, self._keys = table, keys
        self._create, self._patch = create, patch
        self._created, self._updated = created, updated
        email = "t.email" if EMAIL in keys else "NULL::text"
        each = " UNION ALL ".join(
            f"""
            SELECT r.ordinality, t.id, t.is_archived, t.name, {email}
            FROM {{rows}} JOIN {table.name} t
            ON t.workspace_id = r.workspace_id
                AND {f"lower(t.{key}) = lower(r.value)" if folds else f"t.{key} = r.value"}
            WHERE r.field = '{key}'
            """
            for key, folds in keys.items()
        )
        self._find = Statement(each, {"workspace_id": "uuid", "field": "text", "value": "text"})

    async def resolve(
        self,
        session: TenantSession,
        names: Iterable[str],
        making: Making,
        outcome: Outcome,
    ) -> Resolved:
        """What each of `names` stands for, by the first of the keys that has it; of a
        `name_and_email`, who has both, or else that name and no e-mail. What is missing is made if
        it may be."""
        resolved = Resolved()
        names = list(names)
        both = {one: pair for one in names if (pair := self._both(one))}
        # Those with an e-mail first: one of them is who is called by the name alone after that.
        wanted = [*both, *dict.fromkeys(one for one in names if one not in both)]
        matches = await self._matches(
            session,
            [(key, one) for key in self._keys for one in wanted]
            + [key for name, email in both.values() for key in ((NAME, name), (EMAIL, email))],
        )
        may_make = making.may(self.kind)
        fresh: dict[str, State] = {}
        for one in wanted:
            name, email = both.get(one, (one, None))
            found = next(
                (each for key in self._keys if (each := _in_use(matches.get((key, one), [])))), []
            )
            if not found and email is not None:
                found = _in_use(_of_name(matches.get((EMAIL, email), []), name)) or _in_use(
                    [each for each in matches.get((NAME, name), []) if not each.email]
                )
            if len(found) == 1:
                resolved.found[one] = found[0]
            elif found:
                resolved.wrong[one] = f"Several {self.kind} here are called {one!r}."
            elif not may_make(name):
                resolved.wrong[one] = f"There is no {self.one} {one!r} here."
            else:
                self._make(session, one, name, email, fresh, resolved)
        for state in fresh.values():
            making.count(outcome, self.kind, _called(state))
            stage_state(session, self._created, state)
        await self._table.insert(session, fresh.values())
        return resolved

    async def bring_in(
        self,
        session: TenantSession,
        rows: Sequence[ImportRow],
        making: Making,
        key: str | None = None,
    ) -> Outcome:
        """Make or change what each row is of, found by `key`, or else the first key that it has."""
        outcome = Outcome()
        own = [self._key_of(row, key) for row in rows]
        matches = await self._matches(session, [each for each in own if each is not None])
        states = await self._table.lock(
            session, {each.id for found in matches.values() for each in found}
        )
        fresh: list[State] = []
        changed: dict[UUID, State] = {}
        for row, each in zip(rows, own, strict=True):
            found = self._meant(row, each, key, matches)
            try:
                if len(found) > 1:
                    assert each is not None  # noqa: S101 - something was found by it
                    outcome.refuse(row, each[0], f"Several {self.kind} here have {each[1]!r}.")
                elif found:
                    state = states[found[0].id]
                    after = self._change(session, row, state)
                    outcome.count(self.kind, UNCHANGED if after is state else UPDATED)
                    if after is not state:
                        states[after["id"]] = changed[after["id"]] = after
                else:
                    state = self._new(session, row.fields)
                    stage_state(session, self._created, state)
                    fresh.append(state)
                    making.count(outcome, self.kind, _called(state))
            except ValidationError as error:
                outcome.refuse_as_unfit(row, error)
            except Problem as problem:
                outcome.refuse_for(row, problem)
        await self._table.update(session, changed.values())
        await self._table.insert(session, fresh)
        return outcome

    async def _matches(
        self, session: TenantSession, wanted: Sequence[Key]
    ) -> dict[Key, list[Found]]:
        """What has these keys, in use or not."""
        keys = list(dict.fromkeys(wanted))
        if not keys:
            return {}
        rows = [
            {"workspace_id": session.workspace_id, "field": field_, "value": value}
            for field_, value in keys
        ]
        found: dict[Key, list[Found]] = {}
        for ordinality, *one in await self._find.execute(session, rows):
            found.setdefault(keys[ordinality - 1], []).append(Found(*one))
        return found

    def _both(self, name: str) -> tuple[str, str] | None:
        """The name and the e-mail that somebody is called by, where it is both."""
        parts = _BOTH.fullmatch(name) if EMAIL in self._keys else None
        return None if parts is None else (parts["name"], parts["email"])

    def _meant(
        self,
        row: ImportRow,
        own: Key | None,
        key: str | None,
        matches: Mapping[Key, list[Found]],
    ) -> list[Found]:
        """What a row is of: who shares its e-mail and has another name is somebody else, unless
        the e-mail is what rows are to be found by and only one has it. Of several that share its
        name, it is who has its e-mail, which may be none."""
        found = matches.get(own, []) if own is not None else []
        if own is None or EMAIL not in self._keys or own[0] not in (NAME, EMAIL):
            return _in_use(found)
        if own[0] == EMAIL:
            of_both = _of_name(found, str(row.fields.get(NAME, "")))
            return _in_use(of_both if key != EMAIL else of_both or found)
        email = str(row.fields.get(EMAIL) or "").lower()
        return _in_use([one for one in found if (one.email or "").lower() == email] or found)

    def _key_of(self, row: ImportRow, key: str | None) -> Key | None:
        for field_ in [key] if key in self._keys else self._keys:
            if field_ is not None and (value := row.fields.get(field_)):
                return field_, str(value)
        return None

    def _make(
        self,
        session: TenantSession,
        one: str,
        name: str,
        email: str | None,
        fresh: dict[str, State],
        resolved: Resolved,
    ) -> None:
        folded = one.lower()
        if email is None and folded not in fresh:
            called = [each for each in fresh.values() if each["name"].lower() == folded]
            if len(called) == 1:
                resolved.found[one] = Found(called[0]["id"], is_archived=False)
                return
        if folded not in fresh:
            try:
                fields = {NAME: name} | ({} if email is None else {EMAIL: email})
                fresh[folded] = self._new(session, fields)
            except ValidationError as error:
                why = told(error.errors(include_url=False)[0])
                resolved.wrong[one] = f"{name[:50]!r} can't be its name. {why}"
                return
        resolved.found[one] = Found(fresh[folded]["id"], is_archived=False)

    def _new(self, session: TenantSession, fields: Mapping[str, object]) -> State:
        body = self._create.model_validate(dict(fields))
        values = {**body.__dict__, "is_archived": False}
        return self._table.new(session.workspace_id, values)

    def _change(self, session: TenantSession, row: ImportRow, state: State) -> State:
        after, changes = edited(state, sent(self._patch.model_validate(row.fields)))
        if changes:
            check_in_use(state)
            stage_state(session, self._updated, {**after, "changes": changes})
        return after


def _in_use(found: list[Found]) -> list[Found]:
    """Those in use, or else those that are archived."""
    return [one for one in found if not one.is_archived] or found


def _of_name(found: Iterable[Found], name: str) -> list[Found]:
    return [one for one in found if one.name.lower() == name.lower()]


def _called(state: State) -> str:
    """What tells it from others that were made."""
    name, email = state["name"], state.get("email")
    return str(name if email is None else name_and_email(name, email)).lower()
