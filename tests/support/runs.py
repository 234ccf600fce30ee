"""What a run says of itself, whatever its process."""

from typing import Any

from temporalio.client import WorkflowHandle

from contracts.gates import OpenGate
from contracts.visibility import State
from tests.support.waiting import eventually


async def state_of(handle: WorkflowHandle[Any, Any]) -> State:
    """The answer to the query."""
    found: State = await handle.query("state", result_type=State)
    return found


async def gate_of(handle: WorkflowHandle[Any, Any]) -> OpenGate:
    """The run's open gate, once there is one."""

    async def look() -> OpenGate | None:
        return next(iter((await state_of(handle)).gates), None)

    return await eventually(look, f"a gate of {handle.id}")
