"""How a service works off an import's rows: in as few statements as there can be, with only those
rows refused that are at fault, and without a trace where it is a dry run.

A dry run does all that the import would, up to a savepoint that is rolled back. What earlier chunks
would have made is not there then, so that its names are kept (`Made`): what refers to it is right,
and it is not counted twice.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from chassis.database import TenantSession, is_away
from chassis.field_errors import field_error
from chassis.http import ConstraintProblems, problem_of
from chassis.imports import ImportRow, RowFault, Tally
from chassis.logging import get_logger
from chassis.problems import Problem, invalid
from chassis.statements import Statement
from chassis.tree_paths import SEPARATOR, folded, path_of

log = get_logger(__name__)

CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"

_FOR_A_REASON_OF_OURS = (
    "It could not be brought in, for a reason of ours, which the log of the service has; enter it "
    "by hand, or without what is unusual about it."
)

Name = tuple[str, str]  # of a thing that an import made: its kind, and what it goes by

_SEEN = "SELECT kind, name FROM import_seen WHERE workspace_id = $1 AND import_id = $2"
_ADVANCE = """
    INSERT INTO import_progress (workspace_id, import_id, chunk) VALUES ($1, $2, $3)
    ON CONFLICT (import_id, chunk) DO NOTHING RETURNING true
"""
_SEE = Statement(
    """
    INSERT INTO import_seen (workspace_id, import_id, kind, name)
    SELECT workspace_id, import_id, kind, name FROM {rows} ON CONFLICT DO NOTHING
    RETURNING name
    """,
    {"workspace_id": "uuid", "import_id": "uuid", "kind": "text", "name": "text"},
)


@dataclass(slots=True)
class Outcome:
    """What came of rows: how many things of a kind were made, changed or left; which rows were
    refused; which go on to the next service; and, for a dry run, what would be there now."""

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    faults: list[RowFault] = field(default_factory=list)
    rows: list[ImportRow] = field(default_factory=list)
    made: set[Name] = field(default_factory=set)

    def count(self, kind: str, what: str, number: int = 1) -> None:
        counts = self.counts.setdefault(kind, {})
        counts[what] = counts.get(what, 0) + number

    def refuse(self, row: ImportRow, field_: str, message: str) -> None:
        self.faults.append(RowFault(number=row.number, field=field_, message=message))

    def refuse_for(
        self, row: ImportRow, problem: Problem, names: Mapping[str, str] | None = None
    ) -> None:
        """Refuse a row for a problem of the thing it is of; `names` says what the file calls the
        thing's fields where that is otherwise."""
        for error in problem.errors:
            self.refuse(row, _named(error.field, names), error.message)
        if not problem.errors:
            self.refuse(row, "row", f"{problem.title}. {problem.detail}".strip())

    def refuse_as_unfit(
        self, row: ImportRow, error: ValidationError, names: Mapping[str, str] | None = None
    ) -> None:
        """Refuse a row whose fields do not fit the body that they would be sent in."""
        for detail in error.errors(include_url=False):
            unfit = field_error({**detail, "loc": ("", *detail["loc"])})
            is_missing = detail["type"] == "missing"
            message = "is empty; what is not there yet needs it" if is_missing else unfit.message
            self.refuse(row, _named(unfit.field, names), message)

    def add(self, other: "Outcome") -> None:
        for kind, counts in other.counts.items():
            for what, number in counts.items():
                self.count(kind, what, number)
        self.faults += other.faults
        self.rows += other.rows
        self.made |= other.made

    @property
    def tallies(self) -> dict[str, Tally]:
        return {kind: Tally(**counts) for kind, counts in self.counts.items()}


@dataclass(frozen=True, slots=True)
class Making:
    """What may be made for rows that name it: anything, if the import is to, and in a dry run what
    earlier chunks would have made (`before`)."""

    create_missing: bool
    before: frozenset[Name] = frozenset()
    import_id: UUID | None = None

    def may(self, kind: str) -> Callable[[str], bool]:
        """Whether a thing of this kind may be made, by what it is called: a name, or a path."""
        if self.create_missing:
            return lambda _: True
        known = {name for of, name in self.before if of == kind}

        def knows(name: str) -> bool:
            path = folded(path_of(name))
            return path in known or any(one.endswith(f"{SEPARATOR}{path}") for one in known)

        return knows

    def count(self, outcome: Outcome, kind: str, name: str) -> None:
        """Count a thing that was made, unless it had been, were this no dry run."""
        if (kind, name) not in self.before:
            outcome.count(kind, CREATED)
        outcome.made.add((kind, name))


Work = Callable[[Sequence[ImportRow]], Awaitable[Outcome]]


async def in_parts(
    session: TenantSession, rows: Sequence[ImportRow], work: Work, constraints: ConstraintProblems
) -> Outcome:
    """Do `work` on all rows at once; if anything is against it, on halves of them, and so on, so
    that in the end only the rows at fault are refused: also those that no rule of ours had
    foreseen, for which all others would wait without end. What passes is raised."""
    try:
        async with session.savepoint():
            return await work(rows)
    except Exception as error:
        if is_away(error, rolled_back=True):
            raise
        if len(rows) == 1:
            return _refused(rows[0], error, constraints)
    outcome = Outcome()
    half = len(rows) // 2
    for part in (rows[:half], rows[half:]):
        outcome.add(await in_parts(session, part, work, constraints))
    return outcome


def _refused(row: ImportRow, error: Exception, constraints: ConstraintProblems) -> Outcome:
    outcome = Outcome()
    problem = problem_of(error, constraints) if isinstance(error, DBAPIError) else None
    if isinstance(error, Problem):
        problem = error
    if problem is not None:
        outcome.refuse_for(row, problem)
    else:
        log.error("imports.row_not_applied", number=row.number, error=repr(error))
        outcome.refuse(row, "row", _FOR_A_REASON_OF_OURS)
    return outcome


def check_in_use(state: Mapping[str, Any]) -> None:
    """Raises `Invalid` for what is archived, of a row that would change it: that nobody would
    see."""
    if state["is_archived"]:
        why = "It is archived here; restore it first, or leave the row out."
        raise invalid("row", why, "archived")


class _Undone(Exception):  # noqa: N818 - nothing went wrong
    """Rolls back what a dry run did."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


def _undo(outcome: Outcome) -> NoReturn:
    raise _Undone(outcome)


async def without_trace(
    session: TenantSession, import_id: UUID, work: Callable[[], Awaitable[Outcome]]
) -> Outcome:
    """Do `work` and undo it; only what it would have made is kept, for the chunks to come."""
    try:
        async with session.savepoint():
            _undo(await work())
    except _Undone as undone:
        await _see(session, import_id, undone.outcome.made)
        return undone.outcome


async def apply(
    session: TenantSession,
    import_id: UUID,
    rows: Sequence[ImportRow],
    work: Callable[[Sequence[ImportRow], Making], Awaitable[Outcome]],
    constraints: ConstraintProblems,
    *,
    dry_run: bool,
    create_missing: bool,
) -> Outcome:
    """Do `work` on the rows of a chunk, as this module's words have it.

    Plans are made anew for each chunk. Those that a connection made while a table was nearly empty,
    for the checks of foreign keys above all, read all of what fills it; and the first file of a
    workspace is in before PostgreSQL looks at its tables by itself."""
    if not rows:
        return Outcome()
    await session.rows("DISCARD PLANS")
    before = await made_before(session, import_id) if dry_run else ()
    making = Making(create_missing, frozenset(before), import_id)

    async def all_of_it() -> Outcome:
        return await in_parts(session, rows, lambda part: work(part, making), constraints)

    outcome = await (without_trace(session, import_id, all_of_it) if dry_run else all_of_it())
    outcome.faults.sort(key=lambda fault: fault.number)
    return outcome


async def is_next(session: TenantSession, import_id: UUID, chunk: int) -> bool:
    """Whether a chunk has not been applied yet, however often it arrives, and also when later ones
    have been: one that failed comes again from the dead letters. It counts as applied from now
    on."""
    return bool(await session.rows(_ADVANCE, session.workspace_id, import_id, chunk))


async def forget(session: TenantSession, import_id: UUID) -> None:
    """The last chunk was worked off: what earlier ones had, or would have made, is of no use any
    more."""
    await session.rows(
        "DELETE FROM import_seen WHERE workspace_id = $1 AND import_id = $2",
        session.workspace_id,
        import_id,
    )


async def met_before(
    session: TenantSession, making: Making, kind: str, names: set[str]
) -> set[str]:
    """Those of `names` that an earlier chunk of this import had, too; they are kept for later."""
    if not names or making.import_id is None:
        return set()
    return names - await _see(session, making.import_id, {(kind, name) for name in names})


async def made_before(session: TenantSession, import_id: UUID) -> set[Name]:
    """What earlier chunks of a dry run would have made."""
    return {
        (kind, name) for kind, name in await session.rows(_SEEN, session.workspace_id, import_id)
    }


async def _see(session: TenantSession, import_id: UUID, names: Iterable[Name]) -> set[str]:
    """Keep names; those that are new."""
    rows = [
        {"workspace_id": session.workspace_id, "import_id": import_id, "kind": kind, "name": name}
        for kind, name in sorted(names)
    ]
    return {name for (name,) in await _SEE.execute(session, rows)} if rows else set()


def _named(field_: str, names: Mapping[str, str] | None) -> str:
    first, _, _ = field_.partition(".")
    return (names or {}).get(first, field_)
