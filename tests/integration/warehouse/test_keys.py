"""`warehouse keys`: looked at, rotated, retired."""

from datetime import UTC, datetime, timedelta

import pytest

from .conftest import Command


@pytest.mark.usefixtures("servers")
async def test_an_operator_rotates_and_retires(warehouse: Command) -> None:
    """On the session's own stack, whose auth may sign with any of them."""
    before = (await warehouse("keys", "list", "--json")).json["keys"]
    [made] = (await warehouse("keys", "rotate", "--json")).json["keys"]
    assert made["state"] == "waiting"
    signs_from = datetime.fromisoformat(made["activates_at"])
    assert signs_from - datetime.now(UTC) > timedelta(minutes=5)
    listed = (await warehouse("keys", "list", "--json")).json["keys"]
    assert [each["kid"] for each in listed] == [*(each["kid"] for each in before), made["kid"]]
    again = await warehouse("keys", "rotate")
    assert (again.code, made["kid"] in again.err, "--now" in again.err) == (1, True, True)
    told = await warehouse("keys", "list")
    assert made["kid"] in told.out
    assert "waiting" in told.out
    [retired] = (await warehouse("keys", "retire", made["kid"], "--json")).json["keys"]
    assert (retired["state"], retired["compromised"]) == ("withdrawn", False)
    for kid in ("unknown", "-3unknown"):
        unknown = await warehouse("keys", "retire", kid, "--compromised")
        assert (unknown.code, unknown.out) == (1, "")
        assert kid in unknown.err
        assert "`warehouse keys list`" in unknown.err


async def test_a_key_is_made_with_auths_own_sealing_keys_or_not_at_all(warehouse: Command) -> None:
    for keys in ("", "no key"):
        done = await warehouse("keys", "rotate", AUTH_ENCRYPTION_KEYS=keys)
        assert done.code == 1
        assert "AUTH_ENCRYPTION_KEYS" in done.err
