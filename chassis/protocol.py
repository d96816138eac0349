"""HTTP/1.1 as uvicorn reads it, but for its words about what it can't read."""

import sys

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from chassis.problems import MEDIA_TYPE, BadRequest


class Protocol(HttpToolsProtocol):
    """Answers a request that is no HTTP with a problem document, as all else is answered."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's one text for all
        body = BadRequest(_what_is_wrong(sys.exception())).body()
        fields = f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
        end = b"x-content-type-options: nosniff\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[400] + fields.encode() + end + body)
        self.transport.close()


def _what_is_wrong(error: BaseException | None) -> str:
    """In the parser's fixed words, which repeat nothing of the request."""
    if isinstance(error, httptools.HttpParserCallbackError | httptools.HttpParserInvalidURLError):
        return "The address can't be read: it has 65,535 bytes at most, all of them ASCII."
    return f"This is no HTTP request: {error}." if error else "This is no HTTP request."
