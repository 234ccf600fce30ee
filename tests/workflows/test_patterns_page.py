"""docs/patterns.md says what is so: its code passes the type checker, and it names what there is."""

import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "patterns.md").read_text(encoding="utf-8")
PATTERNS = sorted(path.stem for path in (ROOT / "workflows" / "patterns").glob("[a-z]*.py"))
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)

AROUND = """
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from contracts.budgets import Spent
from contracts.delegation import Report, Task
from contracts.processes import ProcessInput
from tests.workflows.agent_workflows import LOOK, TURN, House, Room
from tests.workflows.pattern_words import KIND, PUT, Kind, Put, Say, Word, WordPlan
from tests.workflows.pattern_workflows import ShapeRequest, Told
from workflows.patterns.bounded_agent_loop import Agent, Bounds, Finished, bounded_agent_loop
from workflows.patterns.chain import link
from workflows.patterns.evaluator_optimizer import Score, improve
from workflows.patterns.guarded_handoff import Handed, Handoff, guarded_handoff
from workflows.patterns.orchestrator_workers import Team, delegate
from workflows.patterns.parallel import first, sections, vote
from workflows.patterns.plan_then_execute import PlanFailed, plan_then_execute
from workflows.patterns.route import Branch, Choice, WrongClass, choose, route
from workflows.steps.blanks import Blank
from workflows.steps.calls import Calls, Offer
from workflows.steps.ended import Ended
from workflows.steps.gates import Gates, Review
from workflows.steps.llm import Llm
from workflows.steps.progress import Progress
from workflows.steps.tools import Tools


class Office:
    progress: Progress
    gates: Gates
    llm: Llm
    tools: Tools

    async def story(self, request: ProcessInput) -> Told:
        return Told()

    def ended(self, end: Ended) -> Told:
        return Told()


def blank(step: str, notes: str) -> Blank[Word]:
    raise NotImplementedError


def plan_for(question: str, problem: str | None, before: Sequence[str]) -> Blank[WordPlan]:
    raise NotImplementedError


"""


def test_the_pages_code_passes_the_type_checker(tmp_path: Path) -> None:
    assert len(BLOCKS) >= 6
    paths = []
    for number, block in enumerate(BLOCKS):
        path = tmp_path / f"block_{number}.py"
        path.write_text(AROUND + block)
        paths.append(str(path))
    command = (sys.executable, "-m", "mypy", "--strict", "--no-error-summary", *paths)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_each_pattern_has_its_section_and_says_when_and_when_not() -> None:
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL))
    assert sorted(sections) == PATTERNS
    assert [name for name, text in sections.items() if text.strip() and "**When not**" not in text] == []


def test_the_functions_that_the_page_names_have_the_parameters_that_it_names() -> None:
    functions: dict[str, Callable[..., Any]] = {}
    for pattern in PATTERNS:
        module = importlib.import_module(f"workflows.patterns.{pattern}")
        functions |= {name: it for name, it in inspect.getmembers(module, inspect.isfunction)}
    named = re.findall(r"`(\w+)\(([\w, =.]+)\)`", PAGE)
    assert {name for name, _ in named} >= {
        "link",
        "choose",
        "route",
        "sections",
        "vote",
        "first",
        "improve",
        "delegate",
    }
    for name, parameters in named:
        if name in functions:
            wanted = [one.partition("=")[0].strip() for one in parameters.split(",")]
            assert [one for one in wanted if one not in inspect.signature(functions[name]).parameters] == [], name
