"""What a pending change is called in a list."""

import pytest

from services.auth.approvals.summaries import MAX_LENGTH, summary

W = "/v1/workspaces/019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01"


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "/items", '{"name":"Tent"}', 'items: add "Tent"'),
        ("POST", "/loans", '{"quantity":2}', "loans: add"),
        ("PATCH", "/items/x", '{"name":"Tent"}', 'items: change "Tent"'),
        ("DELETE", "/items/x", None, "items: delete"),
        ("POST", "/loans/x/return", None, "loans: return"),
        ("POST", "/inventory/x/move", "{}", "inventory: move"),
        ("POST", "/items", '{"name":"two\\nlines"}', "items: add"),
        ("POST", "/items", "[1]", "items: add"),
        ("POST", "/items", '{"name":7}', "items: add"),
        ("POST", "/items/batch", '{"operations":[{},{}]}', "items: 2 changes"),
        ("POST", "/items/batch", '{"operations":[{}]}', "items: 1 change"),
        ("POST", "/items/batch", "[]", "items: batch"),
    ],
)
def test_it_says_what_is_done_to_what(
    method: str, path: str, body: str | None, expected: str
) -> None:
    assert summary(method, W + path, body) == expected


def test_it_is_short() -> None:
    assert len(summary("POST", f"{W}/items", '{"name":"%s"}' % ("x" * 999))) == MAX_LENGTH
