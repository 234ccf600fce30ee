"""The workflow sandbox: the same in the worker and in replays."""

from typing import Any

from temporalio.converter import WorkflowSerializationContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

PASSED_THROUGH = (
    "contracts",
    "cryptography",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "email_validator",
    "dns",
    "idna",
)
"""Imported once for all runs: pure code, and types that must be the same objects inside the sandbox and out."""


class Runner(SandboxedWorkflowRunner):
    """The SDK's, but quick with payloads.

    The SDK enters the sandbox for each payload, three times over, to ask in which context it is read; that was 40 % of
    what a message costs a run. For what comes in, the answer is always the run.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """A run in the sandbox."""
        instance = super().create_instance(det)
        of_command = instance.get_serialization_context
        of_run = WorkflowSerializationContext(namespace=det.info.namespace, workflow_id=det.info.workflow_id)

        def context(command: Any) -> Any:
            return of_run if command is None else of_command(command)

        vars(instance)["get_serialization_context"] = context
        return instance


def workflow_runner() -> Runner:
    """Runs workflow code without clock, chance and I/O."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return Runner(restrictions=restrictions)
