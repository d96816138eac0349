"""What analytics makes of the events does not depend on how they come to it."""

import contextlib
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import cache
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from integration.analytics import history
from integration.analytics.history import Life

from chassis.database import Database
from chassis.envelope import Envelope
from chassis.listeners import Handlers
from chassis.scope import SYSTEM
from services.analytics.app import PROJECTIONS

Rows = dict[str, list[str]]
SEEDS = 3


class _UndoError(Exception):
    """Rolls back."""


class Bench:
    """Analytics' handlers on its database; what they did is looked at and undone."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._handlers = Handlers(PROJECTIONS.listeners)
        self._one_by_one: dict[int, Rows] = {}

    async def apply(
        self, seed: int, batches: Sequence[Sequence[Envelope]], *, workspace: UUID | None = None
    ) -> Rows:
        """The rows after `batches`, each handled at once; of one workspace if given."""
        found: Rows = {}
        with contextlib.suppress(_UndoError):
            async with self._database.session(SYSTEM) as session:
                await session.rows("DELETE FROM users RETURNING 1")
                for batch in batches:
                    await self._handlers.apply(session, batch)
                known = [workspace] if workspace else history.workspaces_of(lives(seed))
                found = await history.rows(session, known)
                raise _UndoError
        return found

    async def one_by_one(self, seed: int) -> Rows:
        """The rows after each event alone, one aggregate's life after the other's."""
        if seed not in self._one_by_one:
            events = [event for life in lives(seed) for event in life]
            self._one_by_one[seed] = await self.apply(seed, [[event] for event in events])
        return self._one_by_one[seed]


@cache
def lives(seed: int) -> list[Life]:
    return history.lives(seed)


@pytest.fixture(scope="session")
async def bench(environment: dict[str, str]) -> AsyncIterator[Bench]:
    database = Database(environment["ANALYTICS_DATABASE_URL"], name="test", pool_size=1)
    yield Bench(database)
    await database.stop()


def delivered(seed: int, chance: random.Random, again: float) -> Iterator[Envelope]:
    """Every life, in order by itself and mixed with the others; now and then a stretch of one's
    past is delivered again."""
    heard = [(life, 0) for life in lives(seed)]
    while heard:
        at = chance.randrange(len(heard))
        life, told = heard[at]
        yield life[told]
        heard[at] = (life, told + 1)
        if chance.random() < again:
            start = chance.randrange(told + 1)
            yield from life[start : chance.randint(start, told) + 1]
        if told + 1 == len(life):
            del heard[at]


def cut(events: Sequence[Envelope], chance: random.Random, longest: int) -> list[list[Envelope]]:
    """`events` as batches of one to `longest`."""
    batches: list[list[Envelope]] = []
    rest = list(events)
    while rest:
        size = chance.randint(1, longest)
        batches.append(rest[:size])
        rest = rest[size:]
    return batches


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # a shorter list of cuts would say no more
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    seed=st.integers(0, SEEDS - 1),
    chance=st.randoms(use_true_random=False),
    longest=st.sampled_from([1, 2, 7, 30, 1000]),
    again=st.sampled_from([0.0, 0.2]),
)
async def test_borders_order_and_repeats_make_no_difference(
    bench: Bench, seed: int, chance: random.Random, longest: int, again: float
) -> None:
    """However the events are cut into batches, mixed across keys and delivered again: the same
    rows as one by one, to the byte."""
    batches = cut(list(delivered(seed, chance, again)), chance, longest)
    assert await bench.apply(seed, batches) == await bench.one_by_one(seed)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_histories_have_something_of_everything(bench: Bench, seed: int) -> None:
    """The histories above fill every table; sums of nothing and unheard items are among them."""
    rows = await bench.one_by_one(seed)
    assert [table for table, lines in rows.items() if not lines] == []
    assert any(line.split(",")[2] == "0" for line in rows["items"])


async def test_a_row_is_of_its_envelopes_workspace(bench: Bench) -> None:
    """Whatever workspace a payload claims, nothing is written there: batches of all workspaces are
    handled at once, with no wall but this."""
    events = [event for life in lives(0) for event in life]
    rows = await bench.apply(0, [events], workspace=history.STRANGER)
    assert [table for table, lines in rows.items() if lines] == ["users"]
