"""Log lines are events: a name and fields, no prose. JSON for machines, colour for people."""

import logging
import sys
from collections.abc import Callable
from typing import Any, Literal, cast

import structlog

from chassis import context


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
    """Passes a library's log record on as an event of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        level = cast("Literal['warning', 'error']", _LEVELS.get(record.levelno, "error"))
        write: Callable[..., Any] = getattr(get_logger(record.name), level)
        write("library.log", message=record.getMessage(), exc_info=record.exc_info or None)


_LEVELS = {logging.WARNING: "warning", logging.ERROR: "error", logging.CRITICAL: "error"}
