"""What is told of the tokens that were used."""

import json
from typing import Any

from chassis.problems import Unavailable
from gateway.internal_client import Answer
from gateway.token_use import BATCH, TokenUse


class Auth:
    """Takes reports while it is up."""

    def __init__(self) -> None:
        self.status = 204
        self.up = True
        self.reports: list[dict[str, str]] = []

    async def post(self, _to: Any, _path: str, body: bytes, *, timeout: float) -> Answer:  # noqa: ANN401
        assert timeout > 0
        if not self.up:
            raise Unavailable("away")
        self.reports.append(json.loads(body)["used"])
        return Answer(self.status, b"")


def made(auth: Auth, remembered: int = 10_000) -> TokenUse:
    return TokenUse(auth, None, remembered=remembered, clock=lambda: 1_770_000_000.5)  # type: ignore[arg-type]


async def test_what_auth_did_not_take_is_told_again() -> None:
    auth = Auth()
    use = made(auth)
    use.note("a")
    auth.up = False
    await use.report()
    auth.up, auth.status = True, 503
    await use.report()
    use.note("b")
    auth.status = 204
    await use.report()
    await use.report()
    told = "2026-02-02T02:40:00.500000Z"
    assert auth.reports == [{"a": told}, {"a": told, "b": told}]


async def test_what_auth_will_never_take_is_told_once() -> None:
    auth = Auth()
    use = made(auth)
    use.note("a")
    auth.status = 422
    await use.report()
    await use.report()
    assert len(auth.reports) == 1


async def test_reports_and_memory_are_bounded() -> None:
    auth = Auth()
    use = made(auth, remembered=BATCH + 10)
    for number in range(5000):
        use.note(str(number))
    await use.report()
    assert [len(report) for report in auth.reports] == [BATCH, 10]
