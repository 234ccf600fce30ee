"""One real dev server for all tests, with its Web UI."""

import shutil
import socket
import sysconfig
from datetime import timedelta

from temporalio.testing import WorkflowEnvironment

from contracts.visibility import SIGNOFF_APPROVERS, SIGNOFF_COST_USD, SIGNOFF_PHASE, SIGNOFF_WAITING
from runtime.codec import data_converter

TEMPORAL = shutil.which("temporal", path=sysconfig.get_path("scripts"))
"""The `temporal` command of this environment."""

_ui_ports: dict[str, int] = {}


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def start_server() -> WorkflowEnvironment:
    """The real dev server, with a clock for each workflow that skips what nobody waits for."""
    ui_port = free_port()
    env = await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=TEMPORAL,
        data_converter=data_converter(),
        search_attributes=[SIGNOFF_PHASE, SIGNOFF_WAITING, SIGNOFF_APPROVERS, SIGNOFF_COST_USD],
        dev_server_log_level="never",
        dev_server_startup_timeout=timedelta(seconds=30),
        dev_server_extra_args=["--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"],
        ui=True,
        ui_port=ui_port,
    )
    _ui_ports[address(env)] = ui_port
    return env


def address(env: WorkflowEnvironment) -> str:
    """HOST:PORT of a server."""
    return env.client.service_client.config.target_host


def ui_url(env: WorkflowEnvironment) -> str:
    """Its Web UI."""
    return f"http://127.0.0.1:{_ui_ports[address(env)]}"
