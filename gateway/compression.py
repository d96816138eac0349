"""gzip (RFC 1952) for those who accept it, as the body goes by."""

import re
import zlib

from starlette.types import Message, Send

MIN_SIZE = 1024  # bytes; below, what compressing takes is more than what it saves
LEVEL = 1  # a list of items shrinks sixfold by it; higher levels take far longer for little
_REMEMBERED = 256

_accepted: dict[bytes | None, bool] = {None: False}
_GZIP = re.compile(rb"(?:^|,)\s*(?:gzip|x-gzip|\*)\s*(?:;\s*q=([0-9.]+))?\s*(?=,|$)", re.IGNORECASE)


def accepts_gzip(accepted: bytes | None) -> bool:
    """Whether an Accept-Encoding field (RFC 9110 section 12.5.3) has gzip in it."""
    known = _accepted.get(accepted)
    if known is None and accepted is not None:
        match = _GZIP.search(accepted)
        known = match is not None and (match[1] is None or match[1].strip(b"0.") != b"")
        if len(_accepted) < _REMEMBERED and len(accepted) < 256:
            _accepted[accepted] = known
    return bool(known)


class Gzip:
    """Sends the body that it is given, compressed."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)

    async def __call__(self, message: Message) -> None:
        body = self._compressor.compress(message["body"])
        more = message.get("more_body", False)
        if not more:
            body += self._compressor.flush()
        if body:
            await self._send({"type": "http.response.body", "body": body, "more_body": more})
