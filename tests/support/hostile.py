"""JSON and header fields that no honest client sends."""

import json
from collections.abc import Iterator
from typing import Any

#: Whole bodies, whatever the operation. Those that are JSON at all are refused for what they say.
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "a number": b"1",
    "null": b"null",
    "a list": b"[]",
    "text": b'"text"',
    "NaN": b'{"name": NaN}',
    "Infinity": b'{"quantity": -Infinity}',
    "a number beyond any float": b'{"quantity": 1e999999}',
    "a number of 5000 digits": b'{"quantity": ' + b"9" * 5000 + b"}",
    "deep lists": b'{"name": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "deep objects": b'{"name":' * 5_000 + b"1" + b"}" * 5_000,
    "the same key twice": b'{"name": "a", "name": "b", "name": null}',
    "a key of a prototype": b'{"__proto__": {"x": 1}, "constructor": 1}',
    "half a surrogate pair": b'{"name": "\\ud800"}',
    "half a pair as a key": b'{"\\udfff": 1}',
    "NUL in text": b'{"name": "a\\u0000b"}',
    "a raw NUL": b'{"name": "a\0b"}',
    "no UTF-8": b'{"name": "\xff\xfe"}',
    "a surrogate in UTF-8": b'{"name": "\xed\xa0\x80"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"name": "x"}',
    "two documents": b"{}{}",
    "a comment": b'{"name": "x"} // y',
}

#: In place of any one field's value.
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0.5,
    2**31,
    2**63,
    2**64,
    10**400,
    1e308,
    "",
    " ",
    "x" * 20_000,
    "\ud800",
    "\0",
    "\u202e\u0000",
    "' OR 1=1 --",
    "{{7*7}}${7*7}<script>",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "00000000-0000-0000-0000-000000000000",
    [],
    [[]],
    {},
    {"$ref": "#"},
)

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"If-Match", b"*"),
    (b"If-Match", b'W/"1"'),
    (b"If-Match", b'"' + b"9" * 4000 + b'"'),
    (b"If-Match", "\u0661".encode()),
    (b"If-None-Match", b'"\xff'),
    (b"Idempotency-Key", b""),
    (b"Idempotency-Key", b"k" * 4000),
    (b"Idempotency-Key", b"\xff\xfe"),
    (b"Prefer", b"wait=1e9, wait=-1, respond-async, \xff"),
    (b"Prefer", b"wait=" + b"9" * 3000),
    (b"Content-Type", b"application/json; charset=utf-7"),
    (b"Content-Type", b"text/plain"),
    (b"Content-Type", b"multipart/form-data"),
    (b"Content-Type", b"application/x-www-form-urlencoded"),
    (b"Content-Type", b"\xff/\xff;;;=="),
    (b"Content-Encoding", b"gzip"),
    (b"Accept", b"\xff;q=2"),
    (b"Accept-Language", b"\xff"),
    (b"Traceparent", b"00-" + b"z" * 500),
    (b"X-Request-Id", b"\xff" * 200),
    (b"X-Forwarded-For", b"\xff, ::1, 999.999.999.999"),
    (b"User-Agent", b"\xff" * 2000),
    (b"Cookie", b"a=\xff" * 100),
    (b"Range", b"bytes=-1,5-1"),
    (b"Authorization", b"Bearer \xff.\xff.\xff"),
    (b"Authorization", b"Bearer " + b"a" * 7000),
    (b"Authorization", b"Basic " + b"OjpA" * 10),
)


def spoiled(body: dict[str, Any], start: int) -> Iterator[bytes]:
    """`body` with one field after the other replaced by a value that is most likely wrong; which
    value, goes round from `start`."""
    for number, name in enumerate(body):
        value = VALUES[(start + number) % len(VALUES)]
        yield json.dumps({**body, name: value}).encode()
