"""The workflow sandbox: the same in the worker and in replays."""

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

PASSED_THROUGH = ("contracts", "pydantic", "pydantic_core", "annotated_types", "email_validator", "dns", "idna")
"""Imported once for all runs: pure code, and types that must be the same objects inside the sandbox and out."""


def workflow_runner() -> SandboxedWorkflowRunner:
    """Runs workflow code without clock, chance and I/O."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return SandboxedWorkflowRunner(restrictions=restrictions)
