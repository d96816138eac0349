"""Which statements get a plan of their own, and what they look like then."""

from uuid import UUID

from chassis.plans import WINDOW, Plans

HERE, THERE = UUID(int=1), UUID(int=2)
SQL = "SELECT 1 FROM items WHERE workspace_id = $1 AND is_archived = $2 AND id < $3"


def test_a_statement_that_comes_often_has_its_values_written_out() -> None:
    plans = Plans(often=3)
    assert [plans.written_out(SQL, [HERE, False]) for _ in range(3)] == [None, None, None]
    expected = (
        f"SELECT 1 FROM items WHERE workspace_id = '{HERE}'::uuid AND is_archived = false "
        "AND id < $1"
    )
    assert [plans.written_out(SQL, [HERE, False]) for _ in range(2)] == [expected, expected]


def test_what_came_often_once_is_counted_anew() -> None:
    now = 0.0
    plans = Plans(often=1, clock=lambda: now)
    assert [plans.written_out(SQL, [HERE]) is None for _ in range(2)] == [True, False]
    now += WINDOW
    assert plans.written_out(SQL, [HERE]) is not None
    now += 0.1
    assert [plans.written_out(SQL, [HERE]) is None for _ in range(2)] == [True, False]


def test_other_values_are_another_statement() -> None:
    plans = Plans(often=1)
    for values in ([HERE, False], [THERE, False], [HERE, True]):
        assert plans.written_out(SQL, values) is None
    assert f"'{THERE}'" in str(plans.written_out(SQL, [THERE, False]))
    assert "is_archived = true" in str(plans.written_out(SQL, [HERE, True]))


def test_text_that_somebody_sent_is_never_written_out() -> None:
    plans = Plans(often=0)
    for value in ("x'; DROP TABLE items; --", 1, None, [HERE]):
        assert plans.written_out(SQL, [HERE, value]) is None


def test_what_comes_rarely_is_forgotten() -> None:
    plans = Plans(kept=2, often=1)
    for _ in range(3):
        for number in range(3):
            assert plans.written_out(SQL, [UUID(int=number)]) is None


def test_the_twelfth_parameter_is_not_the_first() -> None:
    values: list[object] = [UUID(int=number) for number in range(1, 13)]
    plans = Plans(often=0)
    first, twelfth = UUID(int=1), UUID(int=12)
    written_out = f"'{first}'::uuid '{twelfth}'::uuid $1"
    assert plans.written_out("$1 $12 $13", values) == written_out
