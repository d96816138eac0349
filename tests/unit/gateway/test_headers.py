"""Header fields at the edge."""

import pytest

from chassis.problems import Unauthenticated
from gateway.headers import bearer_token, read_request_head


def test_plain_fields_pass_in_order() -> None:
    head = read_request_head([(b"accept", b"*/*"), (b"host", b"x"), (b"if-match", b'"1"')])
    assert head.passed == b'accept: */*\r\nif-match: "1"\r\n'


@pytest.mark.parametrize(
    "name",
    [
        *("x-warehouse-identity", "x-warehouse-x", "x-forwarded-for", "x-forwarded-proto"),
        *("forwarded", "x-real-ip", "connection", "te", "upgrade", "keep-alive", "trailer"),
        *("proxy-authorization", "proxy-connection", "authorization", "host", "expect"),
        *("transfer-encoding", "x-request-id", "traceparent", "x-original-url", "x-rewrite-url"),
        *("x_forwarded_for", "x_warehouse_identity", "x-warehouse_identity", "x_kept"),
    ],
)
def test_fields_about_the_caller_or_the_hop_end_here(name: str) -> None:
    assert read_request_head([(name.encode(), b"1")]).passed == b""


def test_fields_that_connection_names_end_here() -> None:
    fields = [
        (b"connection", b"keep-alive, X-One"),
        (b"x-one", b"1"),
        (b"x-two", b"2"),
        (b"connection", b"x-three"),
        (b"x-three", b"3"),
    ]
    assert read_request_head(fields).passed == b"x-two: 2\r\n"


def test_framing_is_read() -> None:
    assert read_request_head([(b"content-length", b"12")]).length == 12
    assert read_request_head([(b"transfer-encoding", b"chunked")]).chunked
    neither = read_request_head([])
    assert (neither.length, neither.chunked) == (None, False)


def test_a_request_id_is_kept_or_made() -> None:
    assert read_request_head([(b"x-request-id", b"a.B-9_")]).request_id == "a.B-9_"
    made = {read_request_head([(b"x-request-id", given)]).request_id for given in (b"", b"a b")}
    assert len(made) == 2
    assert all(len(one) == 32 for one in made)


def test_a_bearer_token_is_read() -> None:
    assert bearer_token(b"Bearer abc") == "abc"
    assert bearer_token(b"bearer  abc ") == "abc"


@pytest.mark.parametrize("field", [None, b"", b"Bearer", b"Bearer ", b"Basic abc", b"abc"])
def test_anything_else_is_no_token(field: bytes | None) -> None:
    with pytest.raises(Unauthenticated):
        bearer_token(field)


def test_cookies_pass() -> None:
    """Auth keeps refresh tokens of browsers in one."""
    head = read_request_head([(b"cookie", b"warehouse_refresh=x; theme=dark")])
    assert head.passed == b"cookie: warehouse_refresh=x; theme=dark\r\n"
