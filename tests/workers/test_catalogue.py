"""What a worker does about limits: rates, prices that are not known, and connections that it leaves behind."""

from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from temporalio import activity
from temporalio.client import Client

from activities.llm.service import LlmActivities
from contracts.catalogue import TOOLS
from contracts.crm import CrmPort, Lead, ReadLead
from contracts.mail import SEND_EMAIL
from contracts.queues import WORK
from runtime.limits import Price, RunLimits
from runtime.settings import Settings, SettingsError, load_settings
from workers import catalogue
from workers.catalogue import check_policies, make_workers, unpriced
from workers.interceptors import BEAT_S

NO_CLIENT = cast(Client, None)


def routed(folder: Path, limits: RunLimits | None = None) -> Settings:
    """A route over three providers."""
    flags = {
        "SIGNOFF_MODELS": "anthropic:claude-sonnet-5-5,openai:gpt-99,local",
        "SIGNOFF_MODELS_FAST": "openai:gpt-99",
    }
    return load_settings(flags, folder).model_copy(update={"limits": limits or RunLimits()})


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The options of each worker that would be made; a real one would have to be run to its end."""
    options: list[dict[str, Any]] = []
    monkeypatch.setattr(catalogue, "Worker", lambda client, **given: options.append(given))
    monkeypatch.setattr(catalogue, "with_patience", lambda worker: worker)
    return options


def test_each_providers_queue_has_its_rate_and_no_other_queue_has_one(
    made: list[dict[str, Any]], tmp_path: Path
) -> None:
    make_workers(NO_CLIENT, routed(tmp_path, RunLimits(rates={"anthropic": 5, "scripted": 2})))
    rates = {worker["task_queue"]: worker["max_task_queue_activities_per_second"] for worker in made}
    assert rates == {WORK: None, "signoff-llm-anthropic": 5, "signoff-llm-local": None, "signoff-llm-openai": None}


def test_a_cancellation_reaches_a_model_call_within_two_seconds(made: list[dict[str, Any]], tmp_path: Path) -> None:
    make_workers(NO_CLIENT, routed(tmp_path))
    slowest = max(worker["max_heartbeat_throttle_interval"] for worker in made)
    assert slowest + timedelta(seconds=BEAT_S) <= timedelta(seconds=2)


async def test_connections_to_providers_are_closed_after_the_workers(
    made: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    async def close(self: LlmActivities) -> None:
        done.append("connections")

    monkeypatch.setattr(LlmActivities, "close", close)
    async with AsyncExitStack() as stack:
        make_workers(NO_CLIENT, routed(tmp_path), at_end=stack)
        stack.callback(done.append, "workers")
    assert done == ["workers", "connections"]


def test_a_model_of_a_route_without_a_price_is_named_once(tmp_path: Path) -> None:
    (line,) = unpriced(routed(tmp_path))
    assert line.startswith("no price is known for openai:gpt-99: ")
    assert "SIGNOFF_LIMITS" in line
    given = Price.model_validate({"input": 1, "output": 1})
    assert unpriced(routed(tmp_path, RunLimits(prices={"openai:gpt-99": given}))) == []


class Unheard(CrmPort):
    """A tool that nobody declared."""

    @activity.defn(name="crm.delete_all")
    async def read_lead(self, request: ReadLead) -> Lead:
        """Not what it says."""
        raise NotImplementedError


def test_a_tool_without_a_policy_does_not_start() -> None:
    with pytest.raises(SettingsError, match=r"the tool crm\.delete_all has no policy"):
        check_policies([Unheard()])


def test_a_tool_that_no_run_may_use_does_not_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(catalogue, "TOOLS", (*TOOLS[:-1], replace(SEND_EMAIL, at_most=0)))
    with pytest.raises(SettingsError, match=r"the tool mail\.send may never be used"):
        make_workers(NO_CLIENT, routed(tmp_path))
