"""The embedded stack's server and the one in containers treat their queues alike."""

from pathlib import Path
from typing import Any

import yaml

from tests.architecture.source import ROOT
from workers.programs import FAIR_QUEUES, QUICK_RECOVERY, Addresses, Programs
from workers.state import State


def test_both_servers_share_queues_fairly_keep_their_rates_and_miss_a_dead_worker_soon(tmp_path: Path) -> None:
    server = Programs(State(tmp_path), Addresses(1, 2, 3, None), {}).servers()[0]
    options = [server.command[n + 1] for n, word in enumerate(server.command) if word == "--dynamic-config-value"]
    assert "matching.enableFairness=true" in options
    assert 'history.defaultWorkflowTaskTimeout="5s"' in options
    told = FAIR_QUEUES | QUICK_RECOVERY
    assert len(options) == len(told)
    compose: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    in_containers = yaml.safe_load(compose["configs"]["temporal-dynamic-config"]["content"])
    assert {name: in_containers[name] for name in told} == {name: [{"value": value}] for name, value in told.items()}
