"""gzip."""

import gzip

import pytest
from starlette.types import Message

from gateway.compression import Gzip, accepts_gzip


@pytest.mark.parametrize(
    ("accepted", "whether"),
    [
        *((b"gzip", True), (b"br, gzip", True), (b"GZIP;q=0.5", True), (b"gzip;q=1.0, br", True)),
        *((b"*", True), (b"x-gzip", True), (b"deflate,gzip ;q=1", True)),
        *(
            (None, False),
            (b"", False),
            (b"br", False),
            (b"gzip;q=0", False),
            (b"gzip;q=0.0", False),
        ),
        *((b"identity", False), (b"notgzip", False), (b"gzipped", False), (b"br, gzip;q=0", False)),
    ],
)
def test_who_accepts_it(accepted: bytes | None, whether: bool) -> None:
    assert accepts_gzip(accepted) is whether
    assert accepts_gzip(accepted) is whether


@pytest.mark.parametrize("parts", [[b"x" * 5000], [b"a" * 100, b"b" * 70_000, b""], [b""]])
async def test_it_comes_whole_and_ends_once(parts: list[bytes]) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    compressed = Gzip(send)
    for number, part in enumerate(parts, 1):
        await compressed(
            {"type": "http.response.body", "body": part, "more_body": number < len(parts)}
        )
    assert gzip.decompress(b"".join(message["body"] for message in sent)) == b"".join(parts)
    assert [message["more_body"] for message in sent].count(False) == 1
    assert sent[-1]["more_body"] is False
