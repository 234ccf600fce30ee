"""OpenTelemetry: one trace from starter to tool, exported where the settings say, and otherwise nowhere."""

import functools
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pydantic import SecretStr
from temporalio.client import Plugin

from runtime.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from temporalio.contrib.opentelemetry import ReplaySafeTracerProvider

# A collector that is down may hold up the end of a program by this much, twice at worst.
_EXPORT_LIMIT_S = 3.0

# OpenTelemetry takes one global provider a process, once; it lives as long as the process.
_providers: "list[ReplaySafeTracerProvider]" = []


def telemetry_plugins(settings: Settings, exporter: "SpanExporter | None" = None) -> list[Plugin]:
    """Plugins for the client, which hands them on to its workers. None, and no provider, where nobody listens.

    `exporter` takes each span as it ends, instead of the settings' collector: for tests.
    """
    if exporter is None and settings.otlp_endpoint is None:
        return []
    # Imported here: without a collector nothing pays for it.
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from temporalio.contrib.opentelemetry import OpenTelemetryPlugin

    discreet = settings.payload_keys is not None and not settings.capture_content
    if exporter is not None:
        _provider().add_span_processor(SimpleSpanProcessor(_discreet(exporter) if discreet else exporter))
    elif settings.otlp_endpoint is not None:
        _export_to(settings.otlp_endpoint, settings.otlp_headers, discreet)
    return [OpenTelemetryPlugin(add_temporal_spans=True)]


def flush() -> None:
    """Send what has not been sent yet: the last act of a program, which ends without its exit handlers."""
    for provider in _providers:
        provider.force_flush()


@functools.cache
def _provider() -> "ReplaySafeTracerProvider":
    from opentelemetry import trace
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from temporalio.contrib.opentelemetry import create_tracer_provider

    # The environment's OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come last, and so have the last word.
    resource = Resource.create({"service.name": "signoff"}).merge(OTELResourceDetector().detect())
    provider = create_tracer_provider(resource=resource)
    trace.set_tracer_provider(provider)
    _providers.append(provider)
    return provider


@functools.cache
def _export_to(endpoint: str, headers: SecretStr | None, discreet: bool) -> None:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", headers=_pairs(headers), timeout=_EXPORT_LIMIT_S)
    _provider().add_span_processor(BatchSpanProcessor(_discreet(exporter) if discreet else exporter))


def _discreet(exporter: "SpanExporter") -> "SpanExporter":
    """Encrypting histories would be of no use if traces told what they hold."""
    from runtime.discreet_spans import DiscreetExporter

    return DiscreetExporter(exporter)


def _pairs(headers: SecretStr | None) -> dict[str, str] | None:
    if headers is None:
        return None
    pairs = (pair.split("=", 1) for pair in headers.get_secret_value().split(","))
    return {name.strip().lower(): unquote(value.strip()) for name, value in pairs}
