"""A provider that cannot be reached is asked six times, with a wait between, and then the next model of the route."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from contracts.queues import llm_queue
from tests.faults.fault import Where
from tests.faults.one_call import HASTY, address
from tests.faults.one_route import OTHER, QUEUE, fleet, run_one
from tests.support.provider_server import ProviderServer

ATTEMPTS = 6


async def test_a_run_goes_on_with_the_next_model_and_pays_for_that_one_only(
    env: WorkflowEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: Counter[int] = Counter()

    def hasty(attempt: int) -> timedelta:
        waits[attempt] += 1
        return timedelta(milliseconds=10)

    monkeypatch.setattr("activities.llm.waiting.backoff", hasty)
    providers = list(OTHER)
    for provider in providers:
        monkeypatch.setitem(OTHER, provider, "local")
    queues = [QUEUE, *map(llm_queue, (*providers, "local"))]
    async with ProviderServer() as gone:
        with address(Where.NOWHERE, gone) as nowhere, address(Where.DEAF, gone) as deaf:
            gone_to = dict(zip(providers, (nowhere, deaf), strict=True))
            async with fleet(env, tmp_path, HASTY, queues, gone_to) as on:
                ran = await asyncio.gather(*(run_one(f"gone, at {provider}", provider, on) for provider in providers))
    assert waits == Counter({attempt: len(providers) for attempt in range(1, ATTEMPTS + 1)})
    for provider, one in zip(providers, ran, strict=True):
        assert one.result.by == "fake-openai"  # as the local model's dialect has it
        assert one.result.usd == 0  # it is free, and nothing else was paid for
        assert one.result.model_calls == 1
        assert f"{provider} cannot be reached at 127.0.0.1" in one.history
