"""When a key is published, signs, and is withdrawn."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.auth.keys.schedule import LEAD, TAIL, KeyState, standings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Key:
    kid: str
    activates_at: datetime
    withdrawn_at: datetime | None = None


def states(at: datetime, *keys: Key) -> dict[str, str]:
    return {each.kid: each.state.value for each in standings(keys, at).values()}


def test_a_key_is_published_before_it_signs_and_until_its_last_token_is_out() -> None:
    old, new = Key("old", NOON - DAY), Key("new", NOON)
    instant = timedelta(microseconds=1)
    assert states(NOON - LEAD, old, new) == {"old": "signing", "new": "waiting"}
    assert states(NOON - instant, old, new) == {"old": "signing", "new": "waiting"}
    assert states(NOON, old, new) == {"old": "verifying", "new": "signing"}
    assert states(NOON + TAIL - instant, old, new) == {"old": "verifying", "new": "signing"}
    assert states(NOON + TAIL, old, new) == {"old": "withdrawn", "new": "signing"}
    assert standings([old, new], NOON)["old"].served_until == NOON + TAIL
    assert standings([old, new], NOON)["new"].served_until is None


def test_a_token_never_outlives_what_verifies_it() -> None:
    """Ten minutes of a token, half a minute for clocks, and what is read of keys is a second old;
    five minutes is how long anybody may keep a key set."""
    assert timedelta(minutes=10, seconds=31) < TAIL
    assert timedelta(minutes=5, seconds=1) < LEAD


def test_a_key_that_is_withdrawn_is_withdrawn_at_once() -> None:
    old = Key("old", NOON - DAY)
    stolen, new = Key("stolen", NOON - TAIL / 2, NOON), Key("new", NOON)
    expected = {"old": "verifying", "stolen": "withdrawn", "new": "signing"}
    assert states(NOON, old, stolen, new) == expected


def test_a_successor_that_was_withdrawn_before_it_signed_ends_nothing() -> None:
    old, stolen = Key("old", NOON - DAY), Key("stolen", NOON + LEAD, NOON)
    for at in (NOON, NOON + LEAD, NOON + DAY):
        assert states(at, old, stolen) == {"old": "signing", "stolen": "withdrawn"}
    assert standings([old, stolen], NOON)["old"].served_until is None


def test_a_key_that_was_replaced_long_ago_does_not_come_back() -> None:
    old, stolen = Key("old", NOON - 2 * DAY), Key("stolen", NOON - DAY, NOON)
    assert states(NOON, old, stolen, Key("new", NOON))["old"] == KeyState.WITHDRAWN
