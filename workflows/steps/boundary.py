"""What a process may do is what its boundary map says."""

from contracts.errors import UndeclaredStep
from contracts.policies import PATIENCE, GatePolicy
from contracts.processes import Process, Step
from contracts.tools import Tool, tool_name


class Boundary:
    """A process's map, held against each step that its story takes."""

    def __init__(self, process: Process) -> None:
        self._process = process.name
        self._steps = {step.name: step for step in process.steps}

    def declared(self, step: str) -> Step:
        """The step as the map has it. Raises UndeclaredStep."""
        if step not in self._steps:
            raise UndeclaredStep(f"{self._process}: step {step!r} is not in its boundary map; declare it there first")
        return self._steps[step]

    def uses(self, step: str, tool: Tool) -> None:
        """Raise UndeclaredStep unless the map has this tool at this step."""
        if self.declared(step).tool != tool:
            raise UndeclaredStep(f"{self._process}: its boundary map has no {tool_name(tool)} at the step {step!r}")

    def gate_policy(self, step: str) -> GatePolicy:
        """How the step's gate decides, unless the settings say otherwise."""
        return self.declared(step).gate or PATIENCE
