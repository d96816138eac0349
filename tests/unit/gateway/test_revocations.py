"""How auth's list of ended sessions is read."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from support.waiting import eventually

from gateway.internal_client import Answer
from gateway.revocations import RevokedSessions


class Auth:
    """Lists what was revoked, and keeps what it was asked for."""

    def __init__(self) -> None:
        self.items: list[dict[str, str]] = []
        self.asked: list[str | None] = []

    def revoke(self, at: str) -> str:
        session = str(uuid4())
        self.items.append({"session_id": session, "revoked_at": at})
        return session

    async def get(self, _to: Any, path: str) -> Answer:  # noqa: ANN401
        self.asked.append(parse_qs(urlsplit(path).query).get("since", [None])[0])
        return Answer(200, json.dumps({"items": self.items}).encode())


async def test_once_it_was_read_whole_only_what_is_recent_is_read_again() -> None:
    auth = Auth()
    first = auth.revoke("2026-03-02T08:00:00.25+00:00")
    revoked = RevokedSessions(auth, None)  # type: ignore[arg-type]
    await revoked.start()
    try:
        await eventually(lambda: first in revoked)
        second = auth.revoke("2026-03-02T09:30:00+00:00")
        revoked.reload()
        await eventually(lambda: second in revoked)
        revoked.reload()
        await eventually(lambda: len(auth.asked) == 3)
    finally:
        await revoked.stop()
    assert auth.asked == [None, "2026-03-02T07:59:00.250000Z", "2026-03-02T09:29:00.000000Z"]
