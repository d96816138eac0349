"""A service's answer as it goes on."""

import pytest

from gateway.passing_back import Answer, answer
from gateway.routing import Route, ServiceName

ITEMS, TOKENS = Route(ServiceName.CATALOG), Route(ServiceName.AUTH, public=True)
JSON = (b"content-type", b"application/json")
LONG, SHORT = (b"content-length", b"1024"), (b"content-length", b"1023")


def passed(
    *headers: tuple[bytes, bytes],
    status: int = 200,
    method: str = "GET",
    route: Route = ITEMS,
    accepted: bytes | None = b"gzip",
) -> Answer:
    return answer(status, headers, [], method=method, route=route, accepted=accepted)


def fields(*headers: tuple[bytes, bytes], **more: object) -> dict[bytes, bytes]:
    return dict(passed(*headers, **more).fields)  # type: ignore[arg-type]


def test_what_is_internal_or_of_the_hop_ends_here() -> None:
    internal = (
        *(b"server", b"connection", b"x-warehouse-note", b"date", b"keep-alive", b"te"),
        *(b"access-control-allow-origin", b"proxy-status", b"x-request-id", b"transfer-encoding"),
    )
    kept = (b"etag", b'"1"')
    assert fields(*((name, b"x") for name in internal), kept) == {
        b"etag": b'"1"',
        b"cache-control": b"private, no-cache",
    }


def test_an_answer_for_one_person_is_kept_by_nobody_else() -> None:
    """And asked for again, with its ETag, unless the service knows better."""
    assert fields(JSON)[b"cache-control"] == b"private, no-cache"
    assert fields(JSON, status=304)[b"cache-control"] == b"private, no-cache"
    said = (b"cache-control", b"max-age=60")
    assert fields(JSON, said)[b"cache-control"] == b"max-age=60"
    assert b"cache-control" not in fields(JSON, method="POST")
    assert b"cache-control" not in fields(JSON, route=TOKENS)


def test_tokens_are_kept_by_nobody() -> None:
    assert fields(JSON, method="POST", route=TOKENS)[b"cache-control"] == b"no-store"


def test_what_a_browser_would_render_it_renders_in_a_sandbox() -> None:
    assert b"content-security-policy" not in fields(JSON)
    assert b"content-security-policy" not in fields((b"content-type", b"text/event-stream"))
    image = (b"content-type", b"image/svg+xml")
    assert b"sandbox" in fields(image)[b"content-security-policy"]
    said = (b"content-security-policy", b"default-src 'self'")
    assert fields(image, said)[b"content-security-policy"] == b"default-src 'self'"


def test_long_text_is_compressed_for_those_who_accept_it() -> None:
    compressed = passed(JSON, LONG)
    assert compressed.gzip
    found = dict(compressed.fields)
    assert (found[b"content-encoding"], found[b"vary"]) == (b"gzip", b"Accept-Encoding")
    assert b"content-length" not in found
    plain = passed(JSON, LONG, accepted=None)
    assert not plain.gzip
    assert dict(plain.fields)[b"vary"] == b"Accept-Encoding"
    assert dict(plain.fields)[b"content-length"] == b"1024"
    both = passed(JSON, LONG, (b"vary", b"Prefer")).fields
    assert [value for name, value in both if name == b"vary"] == [b"Prefer", b"Accept-Encoding"]
    assert passed(JSON).gzip  # of unknown length


@pytest.mark.parametrize(
    ("headers", "more"),
    [
        ((JSON, SHORT), {}),
        ((JSON, LONG), {"route": Route(ServiceName.AUTH)}),
        ((JSON, LONG), {"method": "HEAD"}),
        ((JSON, LONG), {"status": 206}),
        ((JSON, LONG), {"method": "POST"}),
        ((JSON, LONG, (b"content-encoding", b"br")), {}),
        ((JSON, LONG, (b"cache-control", b"no-transform")), {}),
        (((b"content-type", b"image/png"), LONG), {}),
        (((b"content-type", b"text/event-stream"),), {}),
        ((LONG,), {}),
    ],
)
def test_nothing_else_is(headers: tuple[tuple[bytes, bytes], ...], more: dict[str, object]) -> None:
    found = passed(*headers, **more)  # type: ignore[arg-type]
    assert not found.gzip
    assert b"vary" not in dict(found.fields)


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_names_no_length(status: int) -> None:
    found = passed(JSON, LONG, status=status)
    assert not found.gzip
    assert b"content-length" not in dict(found.fields)


def test_a_stream_of_events_is_seen() -> None:
    assert passed((b"content-type", b"text/event-stream; charset=utf-8")).endless
    assert not passed(JSON).endless


def test_every_cookie_passes() -> None:
    cookies = [(b"set-cookie", b"a=1; Path=/v1/auth"), (b"set-cookie", b"b=2")]
    found = passed(JSON, *cookies, method="POST", route=TOKENS).fields
    assert [field for field in found if field[0] == b"set-cookie"] == cookies
