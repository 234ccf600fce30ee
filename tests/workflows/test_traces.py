"""One trace from starter to tool, with the GenAI conventions on model calls, and nothing twice after a replay."""

from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.contrib.opentelemetry import OpenTelemetryPlugin
from temporalio.testing import WorkflowEnvironment

from runtime.client import connect
from runtime.settings import load_settings
from runtime.telemetry import telemetry_plugins
from tests.conftest import MakeWorld
from tests.replay.test_replay import replayer
from tests.support.server import address
from tests.support.waiting import eventually
from tests.support.world import DRAFT, GOOD, PLAIN, at_the_gate


@pytest.mark.parametrize("capture", [False, True])
async def test_a_run_is_one_trace_and_a_replay_adds_no_span(
    make_world: MakeWorld, env: WorkflowEnvironment, tmp_path: Path, capture: bool
) -> None:
    exporter = InMemorySpanExporter()
    settings = load_settings({"TEMPORAL_ADDRESS": address(env), "SIGNOFF_MODELS": "local"}, tmp_path)
    client = await connect(settings, plugins=telemetry_plugins(settings, exporter))
    async with make_world(GOOD, client, SIGNOFF_CAPTURE_CONTENT=str(capture).lower()) as world:
        handle = await at_the_gate(world, PLAIN)
        await handle.signal("approve", {"by": "ann"})
        await handle.result()

        async def ended() -> tuple[ReadableSpan, ...] | None:
            mine = [span for span in exporter.get_finished_spans() if span.name == "RunWorkflow:SalesFollowUp"]
            return exporter.get_finished_spans() if mine else None

        spans = await eventually(ended, "the run's span")
        started = next(span for span in spans if span.name == "StartWorkflow:SalesFollowUp")
        trace = [span for span in spans if span.context.trace_id == started.context.trace_id]
        names = {span.name for span in trace}
        assert {"RunWorkflow:SalesFollowUp", "RunActivity:crm.read_lead", "RunActivity:mail.send"} <= names
        assert len({span.context.span_id for span in trace}) == len(trace)
        calls = [span for span in trace if (span.attributes or {}).get("gen_ai.operation.name") == "chat"]
        assert len(calls) == 2
        for call in calls:
            attributes = call.attributes or {}
            assert {"gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.finish_reasons"} <= set(attributes)
            assert ("gen_ai.input.messages" in attributes) is capture
        assert any(DRAFT["subject"] in str(call.attributes) for call in calls) is capture

        before = len(exporter.get_finished_spans())
        await replayer([OpenTelemetryPlugin(add_temporal_spans=True)]).replay_workflow(await handle.fetch_history())
        assert len(exporter.get_finished_spans()) == before
