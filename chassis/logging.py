"""Log lines are events: a name and fields, no prose. JSON for machines, colour for people."""

import logging
import re
import sys
import time
from collections.abc import Callable
from typing import Any, Literal, cast

import structlog

from chassis import context

QUIET = 10.0  # seconds
_WORDS = 4
# Any token of the platform, as it begins: some are in addresses, and addresses are logged.
_TOKEN = re.compile(r"\b(wh[a-z]?_)[A-Za-z0-9_-]{16,}")
_REMEMBERED = 256  # messages; a library with more of them has no templates


def configure(log_format: str, level: str) -> None:
    """Set up logging for this process: `console` for a person, `json` otherwise."""
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=True, pad_event_to=0)
        if log_format == "console"
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(
                fmt="%H:%M:%S" if log_format == "console" else "iso", utc=log_format != "console"
            ),
            _add_context,
            *([_shorten] if log_format == "console" else []),
            structlog.processors.format_exc_info,
            _redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Libraries speak through stdlib logging: warnings and errors only, in the same form.
    handler = _Forward()
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose calls are `log.info("loan.rejected", loan_id=...)`."""
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger(source=name))


def _add_context(
    _logger: Any,  # noqa: ANN401 - structlog's processor signature
    _method: str,
    event: structlog.typing.EventDict,
) -> structlog.typing.EventDict:
    now = context.current()
    if now.request_id:
        event.setdefault("request_id", now.request_id)
    if now.traceparent:
        event.setdefault("traceparent", now.traceparent)
    return event


def _redact(
    _logger: Any,  # noqa: ANN401 - structlog's processor signature
    _method: str,
    event: structlog.typing.EventDict,
) -> structlog.typing.EventDict:
    """No log has a token in it that anybody could use."""
    for name, value in event.items():
        if isinstance(value, str) and "_" in value:
            event[name] = _TOKEN.sub(r"\1…", value)
    return event


def _shorten(
    _logger: Any,  # noqa: ANN401 - structlog's processor signature
    _method: str,
    event: structlog.typing.EventDict,
) -> structlog.typing.EventDict:
    """For a person at a terminal: without what only a machine joins lines by."""
    for name in ("source", "traceparent"):
        event.pop(name, None)
    return event


class _Forward(logging.Handler):
    """Passes a library's log record on as an event of ours.

    A library that has lost its server says so at every try, hundreds of times a second: the same
    message goes through once in `QUIET` seconds, and the next tells how often it was `repeated`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, ...], tuple[float, int]] = {}  # when last; held back since

    def emit(self, record: logging.LogRecord) -> None:
        now, same = time.monotonic(), _identity(record)
        at, held = self._said.get(same, (-QUIET, 0))
        if now - at < QUIET:
            self._said[same] = (at, held + 1)
            return
        if len(self._said) >= _REMEMBERED:
            self._said.clear()
        self._said[same] = (now, 0)
        level = cast("Literal['warning', 'error']", _LEVELS.get(record.levelno, "error"))
        write: Callable[..., Any] = getattr(get_logger(record.name), level)
        fields: dict[str, Any] = {"repeated": held} if held else {}
        error = record.exc_info[1] if record.exc_info else None
        if error and record.levelno == logging.WARNING:  # it goes on by itself: one line is enough
            fields["error"] = repr(error)
        elif error:
            fields["exc_info"] = error
        write("library.log", message=record.getMessage(), **fields)


def _identity(record: logging.LogRecord) -> tuple[str, ...]:
    """What makes two records the same message: the logger, the template's first words (a template
    that was filled in beforehand differs further on), and the kind of error."""
    words = str(record.msg).split()[:_WORDS]
    if words == ["%s"]:  # no template at all
        words = record.getMessage().split()[:_WORDS]
    error = record.exc_info[0] if record.exc_info else None
    return (record.name, *words, error.__name__ if error else "")


_LEVELS = {logging.WARNING: "warning", logging.ERROR: "error", logging.CRITICAL: "error"}
