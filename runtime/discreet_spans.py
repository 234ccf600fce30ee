"""Spans without what people and models have said: libraries write the messages of errors into them."""

from collections.abc import Sequence

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Status

_SAID = ("exception.message", "exception.stacktrace")


class DiscreetExporter(SpanExporter):
    """Hands spans on; of an error they name its kind."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Without messages, stack traces, and descriptions of a status."""
        return self._exporter.export([_discreet(span) for span in spans])

    def shutdown(self) -> None:
        """The exporter's own."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """The exporter's own."""
        return self._exporter.force_flush(timeout_millis)


def _discreet(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=span.attributes,
        events=[_event(event) for event in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _event(event: Event) -> Event:
    kept = {name: value for name, value in (event.attributes or {}).items() if name not in _SAID}
    return Event(event.name, kept, event.timestamp)
