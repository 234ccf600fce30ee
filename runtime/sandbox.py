"""The workflow sandbox: the same in the worker and in replays."""

from typing import Any

from temporalio.api.enums.v1.command_type_pb2 import COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK
from temporalio.converter import WorkflowSerializationContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

PASSED_THROUGH = (
    "contracts",
    "workflows.patterns",
    "workflows.steps",
    "cryptography",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "email_validator",
    "dns",
    "idna",
)
"""Imported once for all runs: pure code, and types that must be the same objects inside the sandbox and out.

A process's own module is imported anew by each of its runs, and cannot reach clock, chance or I/O. Steps and patterns
are held to that by the import rules and by `tests/architecture`: to import them anew took each run 60 ms, and made a
replay half as fast.
"""


class Runner(SandboxedWorkflowRunner):
    """The SDK's, but quick with payloads.

    The SDK enters the sandbox for each payload, three times over, to ask in which context it is read or stored; that
    was 40 % of what a message costs a run. For what comes in, and for activities, the answer is always the run: our
    converters look at no more of it.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """A run in the sandbox."""
        instance = super().create_instance(det)
        slowly, stored_slowly = instance.get_serialization_context, instance.get_external_store_context
        of_run = WorkflowSerializationContext(namespace=det.info.namespace, workflow_id=det.info.workflow_id)
        stored_for_run = stored_slowly(None)

        def context(command: Any) -> Any:
            return of_run if _is_the_runs(command) else slowly(command)

        def store_context(command: Any) -> Any:
            return stored_for_run if _is_the_runs(command) else stored_slowly(command)

        vars(instance).update(get_serialization_context=context, get_external_store_context=store_context)
        return instance


def _is_the_runs(command: Any) -> bool:
    return command is None or command.command_type == COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK


def workflow_runner() -> Runner:
    """Runs workflow code without clock, chance and I/O."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return Runner(restrictions=restrictions)
