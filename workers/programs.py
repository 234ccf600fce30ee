"""The programs of the embedded stack: what runs, with which addresses, and how one sees that it works."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from contracts.visibility import SIGNOFF_APPROVERS, SIGNOFF_COST_USD, SIGNOFF_PHASE, SIGNOFF_WAITING
from workers.child import Program
from workers.health import answers_ok, listens
from workers.ports import LOOPBACK
from workers.state import State

NAMESPACE = "default"

_ROOT = Path(__file__).resolve().parent.parent
_SEARCH_ATTRIBUTES = {
    SIGNOFF_PHASE.name: "Keyword",
    SIGNOFF_WAITING.name: "KeywordList",
    SIGNOFF_APPROVERS.name: "KeywordList",
    SIGNOFF_COST_USD.name: "Double",
}

SERVER_SETTINGS = {
    # Tenants take turns in a queue; without it, whoever comes after a hundred calls waits for all of them.
    "matching.enableFairness": True,
    # A rate holds for a whole queue: shared out over partitions, some of it is lost to those that have nothing to do.
    "matching.numTaskqueueReadPartitions": 1,
    "matching.numTaskqueueWritePartitions": 1,
    # It looks for tasks that are due 20 times a second by default: past a first burst, each step of a run waits 50 ms.
    "history.transferProcessorMaxPollRPS": 1000,
}
"""The server's dynamic configuration, as in docker-compose.yml."""


class NoServerProgram(Exception):
    """The `temporal` command is not installed; the message is one line that says what to do."""


@dataclass(frozen=True)
class Addresses:
    """Ports of the stack's servers, all on the loopback address."""

    temporal_port: int
    ui_port: int
    smtp_port: int
    model_port: int | None
    """None: the local model is not started."""
    inbox_port: int = 0
    """0: nor is the inbox, as where only the server is wanted."""

    @property
    def temporal(self) -> str:
        """HOST:PORT of the Temporal server."""
        return f"{LOOPBACK}:{self.temporal_port}"

    @property
    def ui(self) -> str:
        """Temporal's Web UI."""
        return f"http://{LOOPBACK}:{self.ui_port}"

    @property
    def smtp(self) -> str:
        """The mail sink."""
        return f"smtp://{LOOPBACK}:{self.smtp_port}"

    @property
    def inbox(self) -> str:
        """The page where people decide."""
        return f"http://{LOOPBACK}:{self.inbox_port}"

    @property
    def model(self) -> str | None:
        """Base URL of the local model's OpenAI-compatible API."""
        return f"http://{LOOPBACK}:{self.model_port}/v1" if self.model_port else None


def temporal_command() -> str:
    """Path of the `temporal` command: beside this Python, else on the PATH. Raises NoServerProgram."""
    beside = Path(sys.executable).with_name("temporal")
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if found is None:
        raise NoServerProgram("the temporal command is not installed; run make install")
    return found


class Programs:
    """Makes the stack's programs. `inherited` is the environment that they start from; `blobs` as SIGNOFF_BLOBS."""

    def __init__(self, state: State, addresses: Addresses, inherited: Mapping[str, str], blobs: str = "off") -> None:
        self._state = state
        self._at = addresses
        # Strongest of all sources but flags: no .env or profile can lead the embedded worker to another server, or
        # its mails into the world.
        self._environment = {
            **inherited,
            "TEMPORAL_ADDRESS": addresses.temporal,
            "TEMPORAL_NAMESPACE": NAMESPACE,
            "SIGNOFF_BLOBS": blobs,
            "SIGNOFF_SMTP_URL": addresses.smtp,
            "SIGNOFF_MAIL_PROBE": f"maildir:{state.maildir}",
            # This repository's packages, wherever the stack runs, and not a `workers` folder that happens to be there.
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_ROOT), inherited.get("PYTHONPATH")])),
            "PYTHONSAFEPATH": "1",
            "PYTHONUNBUFFERED": "1",
        }

    def servers(self) -> list[Program]:
        """What the worker needs; they need nothing of each other."""
        return [self._temporal(), *([self._model(self._at.model)] if self._at.model else []), self._mail()]

    def seed(self) -> Program:
        """Loads the samples into the database and ends."""
        return Program("seed", self._python("workers.seed"), self._environment, self._log("seed"))

    def worker(self) -> Program:
        """Runs the processes."""
        ready = self._state.path / "worker.ready"
        command = self._python("workers", "--ready-file", str(ready))
        return Program("worker", command, self._environment, self._log("worker"), ready_file=ready)

    def inbox(self) -> Program:
        """Shows what waits for people."""
        ready = self._state.path / "inbox.ready"
        command = self._python("starters", "inbox", "--port", str(self._at.inbox_port), "--ready-file", str(ready))
        answers = partial(answers_ok, f"{self._at.inbox}/health")
        return Program("inbox", command, self._environment, self._log("inbox"), ready_file=ready, answers=answers)

    def _temporal(self) -> Program:
        at = self._at
        command = [temporal_command(), "server", "start-dev", "--log-level", "warn", "--ui-disable-news-fetch"]
        command += ["--db-filename", str(self._state.path / "temporal.db")]
        command += ["--ip", LOOPBACK, "--port", str(at.temporal_port), "--ui-port", str(at.ui_port)]
        # Up to twice as many steps a second as on the defaults; a power failure may lose the last moments.
        command += ["--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal"]
        for option, value in SERVER_SETTINGS.items():
            command += ["--dynamic-config-value", f"{option}={json.dumps(value)}"]
        for name, kind in _SEARCH_ATTRIBUTES.items():
            command += ["--search-attribute", f"{name}={kind}"]
        # Asked through the UI, the answer says that both of its servers work.
        answers = partial(answers_ok, f"{at.ui}/api/v1/namespaces/{NAMESPACE}")
        return Program("temporal", tuple(command), self._environment, self._log("temporal"), answers=answers)

    def _model(self, url: str) -> Program:
        ready = self._state.path / "model.ready"
        command = self._python("workers.model_server", "--port", str(self._at.model_port), "--ready-file", str(ready))
        answers = partial(answers_ok, url.removesuffix("/v1") + "/health")
        # A request in flight would keep it; its caller asks again.
        return Program("model", command, self._environment, self._log("model"), 3.0, ready, answers)

    def _mail(self) -> Program:
        port = self._at.smtp_port
        command = self._python("workers.mail_sink", "--port", str(port), "--maildir", str(self._state.maildir))
        return Program("mail", command, self._environment, self._log("mail"), answers=partial(listens, LOOPBACK, port))

    def _log(self, name: str) -> Path:
        return self._state.logs / f"{name}.log"

    @staticmethod
    def _python(module: str, *arguments: str) -> tuple[str, ...]:
        return (sys.executable, "-m", module, *arguments)
