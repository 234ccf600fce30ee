"""The worker of the queue `signoff` keeps the standing approvals, and no other does."""

from pathlib import Path
from typing import Any, cast

import pytest
from temporalio.client import Client

from contracts.queues import WORK
from runtime.settings import load_settings
from workers import catalogue
from workers.catalogue import make_workers
from workflows.standing_approval import StandingApproval


def test_standing_approvals_live_where_runs_and_tools_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options: list[dict[str, Any]] = []
    monkeypatch.setattr(catalogue, "Worker", lambda client, **given: options.append(given))
    monkeypatch.setattr(catalogue, "with_patience", lambda worker: worker)
    make_workers(cast(Client, None), load_settings({"SIGNOFF_MODELS": "local"}, tmp_path))
    keepers = [worker["task_queue"] for worker in options if StandingApproval in worker["workflows"]]
    assert keepers == [WORK]
