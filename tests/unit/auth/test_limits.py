"""What attempts are counted by."""

import pytest

from services.auth.throttling.limits import Attempt, Purpose, limits

LIMITS = limits(registrations_per_hour=100)


def keys(purpose: Purpose, account: str, address: str, *, familiar: bool = False) -> list[bytes]:
    attempt = Attempt(purpose, account, address, familiar)
    return [key for key, _ in attempt.counted_by(LIMITS[purpose])]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8::1", "2001:db8:0:0:ffff::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("", "", True),
    ],
)
def test_an_address_is_what_one_subscriber_has(one: str, other: str, same: bool) -> None:
    """An IPv4 address, however it is written; a /64 of IPv6."""
    first, second = (keys(Purpose.PASSWORD, "a@example.org", each) for each in (one, other))
    assert [a == b for a, b in zip(first, second, strict=True)] == [same, True, same]


def test_nothing_is_counted_twice_for_another_purpose_or_account() -> None:
    """An account is one whatever its case; counters of purposes are apart."""
    password = keys(Purpose.PASSWORD, "Ada@example.org", "192.0.2.1")
    assert password == keys(Purpose.PASSWORD, "ada@example.org", "192.0.2.1")
    others = keys(Purpose.PASSWORD_RESET, "ada@example.org", "192.0.2.1")
    others += keys(Purpose.PASSWORD, "eve@example.org", "192.0.2.1")[:2]
    assert not set(password) & set(others)


def test_where_one_is_signed_in_strangers_do_not_count() -> None:
    """Of the counters, that of the account from wherever is left out."""
    usual = keys(Purpose.PASSWORD, "ada@example.org", "192.0.2.1")
    familiar = keys(Purpose.PASSWORD, "ada@example.org", "192.0.2.1", familiar=True)
    assert familiar == [usual[0], usual[2]]
