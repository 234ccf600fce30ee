"""The embedded stack's server and the one in containers treat their queues alike."""

from pathlib import Path
from typing import Any

import yaml

from tests.architecture.source import ROOT
from workers.programs import SERVER_SETTINGS, Addresses, Programs
from workers.state import State


def test_both_servers_share_queues_fairly_and_keep_their_rates(tmp_path: Path) -> None:
    server = Programs(State(tmp_path), Addresses(1, 2, 3, None), {}).servers()[0]
    options = [server.command[n + 1] for n, word in enumerate(server.command) if word == "--dynamic-config-value"]
    assert "matching.enableFairness=true" in options
    assert len(options) == len(SERVER_SETTINGS)
    compose: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    in_containers = yaml.safe_load(compose["configs"]["temporal-dynamic-config"]["content"])
    assert {name: in_containers[name] for name in SERVER_SETTINGS} == {
        name: [{"value": value}] for name, value in SERVER_SETTINGS.items()
    }
