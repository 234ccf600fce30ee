"""Where a process's processor time goes: its threads are looked at often, and what each has used goes to its stack."""

import json
import signal
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType

EVERY_S = 0.002
"""Of processor time."""
SWITCH_S = 0.0005
"""How long a thread may keep the others from running, the one that looks among them; Python's own is ten times that."""

PLACES = (
    ("temporalio/worker/workflow_sandbox", "the workflow sandbox"),
    ("temporalio/converter", "payloads"),
    ("temporalio/contrib/pydantic", "payloads"),
    ("temporalio/bridge", "the SDK's bridge"),
    ("temporalio/worker/_workflow_instance", "the SDK, running a workflow"),
    ("temporalio/openai_agents", "openai-agents"),
    ("temporalio/", "the SDK, around tasks"),
    ("/agents/", "openai-agents"),
    ("/workflows/", "workflow code"),
    ("/contracts/", "workflow code"),
    ("/activities/stores/", "the store"),
    ("/activities/transcripts", "the store"),
    ("/sqlalchemy/", "the store"),
    ("/activities/", "activities"),
    ("/runtime/", "payloads"),
    ("/workers/interceptors", "heartbeats and other interceptors"),
    ("/bench/", "the bench's own code"),
    ("/asyncio/", "asyncio"),
)
"""Files, and what they are: of a stack, the innermost frame that is one of these counts."""

OTHER = "other Python"
NATIVE = "native threads: the SDK's core"


def place_of(frame: FrameType | None) -> str:
    """What a stack is doing."""
    while frame is not None:
        file = frame.f_code.co_filename
        for part, name in PLACES:
            if part in file:
                return name
        frame = frame.f_back
    return OTHER


class Sampler:
    """Made and ended in the main thread."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._used: dict[int, float] = {}
        self._main = threading.get_ident()
        self._before = time.process_time()
        self._switch_s = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_S)
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)

    def _look(self, number: int, main: FrameType | None) -> None:
        for ident, frame in sys._current_frames().items():
            try:
                used = time.clock_gettime(time.pthread_getcpuclockid(ident))
            except OSError:
                continue  # it has ended
            if since := used - self._used.get(ident, used):
                self._seconds[place_of(main if ident == self._main else frame)] += since
            self._used[ident] = used

    def write(self, file: Path) -> None:
        """Stop looking; seconds of processor time by place, as JSON."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        sys.setswitchinterval(self._switch_s)
        native = time.process_time() - self._before - sum(self._seconds.values())
        file.write_text(json.dumps({**self._seconds, NATIVE: max(0.0, native)}))
