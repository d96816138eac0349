"""What libraries say comes through as events, and a flood of it does not."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from chassis import logging as ours

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As it was, afterwards; within, QUIET ends when the test sets it to 0."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    monkeypatch.setattr(ours, "QUIET", 3600.0)
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def configured(capsys: pytest.CaptureFixture[str]) -> Callable[[], Lines]:
    """Sets up logging; what that gives reads what has been logged since the last look."""

    def configure() -> Lines:
        ours.configure("json", "INFO")
        return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    return configure


def test_a_message_that_a_library_repeats_comes_once_and_then_with_its_number(
    configured: Callable[[], Lines], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it was filled in with; other messages and other loggers' have their own turn."""
    lines = configured()
    client, consumer = logging.getLogger("test.client"), logging.getLogger("test.consumer")
    for node in range(500):
        client.error("Unable connect to node with id %s: %s", node, "refused")
        client.error("Unable to update metadata from %s", [node])
    consumer.error("Unable to update metadata from %s", [1])
    assert [(each["source"], each["message"]) for each in lines()] == [
        ("test.client", "Unable connect to node with id 0: refused"),
        ("test.client", "Unable to update metadata from [0]"),
        ("test.consumer", "Unable to update metadata from [1]"),
    ]
    monkeypatch.setattr(ours, "QUIET", 0.0)
    client.error("Unable connect to node with id %s: %s", 1, "refused")
    client.error("Unable connect to node with id %s: %s", 2, "refused")
    first, second = lines()
    assert first["repeated"] == 499
    assert "repeated" not in second


def test_messages_without_a_template_are_told_apart_by_what_they_say(
    configured: Callable[[], Lines],
) -> None:
    lines = configured()
    for reason in ("no space left on the device", "permission denied for table items"):
        logging.getLogger("test.client").error("%s", reason)
    assert len(lines()) == 2


def test_what_a_library_tries_again_is_a_line_and_what_it_gives_up_a_traceback(
    configured: Callable[[], Lines],
) -> None:
    """Two kinds of error under one message are two messages."""
    lines = configured()
    for error in (ConnectionRefusedError("port 5432"), ValueError("not text")):
        try:
            raise error
        except type(error):
            logging.getLogger("test.pool").warning("Failed; retrying", exc_info=True)
            logging.getLogger("test.pool").exception("Failed for good")
    refused, gave_up, wrong, _ = lines()
    assert refused["error"] == "ConnectionRefusedError('port 5432')"
    assert "exception" not in refused
    assert "Traceback" in gave_up["exception"]
    assert wrong["error"] == "ValueError('not text')"


def test_no_line_has_a_token_in_it(configured: Callable[[], Lines]) -> None:
    """Neither in a field nor in a traceback; what only looks a little like one stays."""
    lines, token = configured(), "whi_" + "Ab-_" * 10
    log = ours.get_logger("test")
    log.warning("request", path=f"/v1/invitations/{token}/accept", table="wh_items")
    log.error("request.failed", exc_info=ValueError(token))
    first, second = lines()
    assert (first["path"], first["table"]) == ("/v1/invitations/whi_…/accept", "wh_items")
    assert "whi_…" in second["exception"]
    assert token not in json.dumps([first, second])
