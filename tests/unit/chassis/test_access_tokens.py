"""The text of access tokens."""

import hashlib

import pytest

from chassis.access_tokens import digest, is_token, new_token


def test_each_token_is_new_and_has_the_form() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(map(is_token, tokens))


def test_a_slip_of_one_character_is_noticed() -> None:
    """Wherever it is: so garbage costs the gateway no question."""
    text = new_token()
    for place in range(3, len(text)):
        other = "0" if text[place] != "0" else "1"
        assert not is_token(text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize("text", ["", "wh_", "whr_x", "wh_" + "0" * 37, "wh_" + "ä" * 38])
def test_other_text_is_no_token(text: str) -> None:
    assert not is_token(text)
    assert not is_token(new_token() + "\n")


def test_the_form_stays() -> None:
    """Scanners of leaked secrets and tokens in use rely on it."""
    text = "wh_0123456789ABCDEFGHIJKLMNOPQRSTUV" + "1ggZdL"
    assert is_token(text)
    assert digest(text) == hashlib.sha256(text.encode()).digest()
