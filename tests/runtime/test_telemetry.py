"""One trace from starter to workflow, sent where the settings say and otherwise nowhere."""

import subprocess
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from runtime.client import connect
from runtime.telemetry import flush, telemetry_plugins
from tests.runtime.conftest import Load
from tests.runtime.input_workflow import Greet, GreetRequest
from tests.support.waiting import eventually


async def test_a_run_is_one_trace_and_a_replay_adds_nothing(env: WorkflowEnvironment, load: Load) -> None:
    exporter = InMemorySpanExporter()
    settings = load(TEMPORAL_ADDRESS=env.client.service_client.config.target_host)
    client = await connect(settings, plugins=telemetry_plugins(settings, exporter))
    queue = f"traced-{uuid.uuid4()}"

    # Without a cache each task replays the run from its start.
    async with Worker(client, task_queue=queue, workflows=[Greet], max_cached_workflows=0):
        handle = await client.start_workflow("Greet", GreetRequest(name="Ann"), id=queue, task_queue=queue)
        await handle.result()

        async def ended() -> tuple[ReadableSpan, ...] | None:
            spans = exporter.get_finished_spans()
            return spans if any(span.name == "RunWorkflow:Greet" for span in spans) else None

        spans = await eventually(ended, "the run's span")

    names = [span.name for span in spans]
    assert len(names) == len(set(names)), names
    assert {"StartWorkflow:Greet", "RunWorkflow:Greet"} <= set(names)
    assert len({span.context.trace_id for span in spans if span.context}) == 1
    assert {span.resource.attributes["service.name"] for span in spans} == {"signoff"}


def test_without_a_collector_there_is_no_plugin(load: Load) -> None:
    assert telemetry_plugins(load()) == []
    flush()


SEND = """
import sys
from pathlib import Path
from opentelemetry import trace
from runtime.settings import load_settings
from runtime.telemetry import flush, telemetry_plugins

settings = load_settings(folder=Path(sys.argv[1]))
assert len(telemetry_plugins(settings)) == len(telemetry_plugins(settings)) == 1
trace.get_tracer("test").start_span("one").end()
flush()
"""


def test_spans_reach_the_collector_with_its_headers_once(load: Load, tmp_path: Path) -> None:
    received: list[tuple[str, str | None, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            received.append((self.path, self.headers["authorization"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the test's output is not a log."""

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        load(
            OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{server.server_port}/",
            OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20sk-1",
        )
        # In a process of its own: a process has one provider, and this one's is the other test's.
        subprocess.run([sys.executable, "-c", SEND, str(tmp_path)], check=True, timeout=60)
        server.shutdown()

    assert [(path, key) for path, key, _ in received] == [("/v1/traces", "Bearer sk-1")]
    assert received[0][2].count(b"signoff") == 1
