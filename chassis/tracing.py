"""Spans of the backbone, by OpenTelemetry's semantic conventions for messaging.

They go wherever the process's OpenTelemetry SDK sends them (`opentelemetry-instrument` sets one
up); without an SDK nothing is made. The trace itself is carried by `traceparent`, through the
outbox row and the record's header, whether there is an SDK or not.
"""

import contextlib
from collections.abc import Iterable, Iterator

from opentelemetry import trace
from opentelemetry.trace import Link, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_tracer = trace.get_tracer("warehouse")
_propagator = TraceContextTextMapPropagator()


@contextlib.contextmanager
def batch(
    operation: str, kind: SpanKind, service: str, traceparents: Iterable[str | None]
) -> Iterator[None]:
    """A span over a batch of records (`send` or `process`), linked to the trace of each."""
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        yield
        return
    links = [_link(each) for each in traceparents if each]
    attributes: dict[str, str | int] = {
        "messaging.system": "kafka",
        "messaging.operation.type": operation,
        "messaging.consumer.group.name": f"warehouse.{service}",
        "messaging.batch.message_count": len(links),
    }
    with _tracer.start_as_current_span(
        f"{operation} {service}", kind=kind, links=links, attributes=attributes
    ):
        yield


def _link(traceparent: str) -> Link:
    carried = _propagator.extract({"traceparent": traceparent})
    return Link(trace.get_current_span(carried).get_span_context())
