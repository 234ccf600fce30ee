"""The systems under test, and the environments that the peers are installed into."""

import re
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

from temporalio.api.history.v1 import HistoryEvent

from contracts.queues import WORK

SCRATCH = Path(tempfile.gettempdir())
TEMPORALIO = "temporalio==1.35.0"


@dataclass(frozen=True)
class System:
    """One way to hold a conversation. Its workflow takes `turns` and `tool_bytes`."""

    name: str
    program: str
    """A module of `bench.conversation.programs`."""
    workflow_type: str
    queue: str
    model_activity: str
    """The type of the activity that asks the model."""
    pins: tuple[str, ...] = ()
    """What is installed for it; nothing where it runs in this environment."""
    ids: str = ".*"
    """A pattern of the ids that those of its activities have which are a turn's."""
    most_turns: int = 1_000_000
    """More would fill the disk."""

    def is_call(self, event: HistoryEvent) -> bool:
        """Whether a turn's model call was scheduled by this event."""
        scheduled = event.activity_task_scheduled_event_attributes
        if scheduled.activity_type.name != self.model_activity:
            return False
        return re.fullmatch(self.ids, scheduled.activity_id) is not None

    def python(self) -> str:
        """The Python that runs its program; its environment is made when it is not there."""
        if not self.pins:
            return sys.executable
        return str(environment(SCRATCH / f"signoff-bench-{self.program.replace('_', '-')}", self.pins))


BARE = System("bare", "bare", "BenchBare", "bench-bare", "model")
BARE_LOCAL = System("bare, local tool", "bare", "BenchBareLocal", "bench-bare", "model")
OPENAI_AGENTS = System(
    "openai-agents",
    "openai_agents",
    "BenchOpenAIAgents",
    "bench-openai-agents",
    "invoke_model_activity",
    ("temporalio-openai-agents==1.1.0", "openai-agents==0.22.3", "openai==3.54.0", "pydantic==2.14.3", TEMPORALIO),
)
_PYDANTIC_AI = ("pydantic-ai-slim[temporal]==2.68.0", "pydantic==2.14.3", TEMPORALIO)
PYDANTIC_AI = System(
    "pydantic-ai",
    "pydantic_ai",
    "BenchPydanticAI",
    "bench-pydantic-ai",
    "agent__one-run__model_request",
    _PYDANTIC_AI,
)
PYDANTIC_AI_CHAIN = System(
    "pydantic-ai, continue-as-new",
    "pydantic_ai",
    "BenchPydanticAIChain",
    "bench-pydantic-ai",
    "agent__chain__model_request",
    _PYDANTIC_AI,
    most_turns=400,
)
SIGNOFF = System("signoff", "signoff", "BenchConversation", WORK, "llm.ask", ids=r"work(-\d+)?")
SYSTEMS = (BARE, BARE_LOCAL, OPENAI_AGENTS, PYDANTIC_AI, PYDANTIC_AI_CHAIN, SIGNOFF)


def environment(folder: Path, pins: tuple[str, ...]) -> Path:
    """A Python with these packages; made anew where others were installed."""
    python, stamp = folder / "bin" / "python", folder / "installed"
    wanted = "\n".join(pins)
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run((python, "-m", "pip", "install", "-qq", *pins), check=True)
        stamp.write_text(wanted)
    return python
