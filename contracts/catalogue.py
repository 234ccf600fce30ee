"""The processes that ship, by name. A new process is one more line here."""

from typing import Any

from contracts.outputs import OutputContract
from contracts.processes import Process
from contracts.sales_follow_up import SALES_FOLLOW_UP

PROCESSES: dict[str, Process] = {process.name: process for process in (SALES_FOLLOW_UP,)}

OUTPUTS: dict[str, OutputContract[Any, Any]] = {
    output.name: output for process in PROCESSES.values() for output in process.outputs
}
