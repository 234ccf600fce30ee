"""The processes and the tools that ship. A new one is one more line here."""

from typing import Any

from contracts.calendar import NEXT_WORKING_TIME, PROPOSE_SLOT
from contracts.crm import LOG_FOLLOW_UP, READ_LEAD
from contracts.files import READ_FILE
from contracts.http import HTTP_GET, HTTP_POST
from contracts.mail import SEND_EMAIL
from contracts.outputs import OutputContract
from contracts.processes import Process
from contracts.sales_follow_up import SALES_FOLLOW_UP
from contracts.tools import Tool

PROCESSES: dict[str, Process] = {process.name: process for process in (SALES_FOLLOW_UP,)}

OUTPUTS: dict[str, OutputContract[Any, Any]] = {
    output.name: output for process in PROCESSES.values() for output in process.outputs
}

TOOLS: tuple[Tool, ...] = (
    HTTP_GET,
    HTTP_POST,
    LOG_FOLLOW_UP,
    NEXT_WORKING_TIME,
    PROPOSE_SLOT,
    READ_FILE,
    READ_LEAD,
    SEND_EMAIL,
)
"""Each with its policy; a worker does not start with one that is not here."""
