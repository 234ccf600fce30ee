"""docs/gates.md and docs/approvers.md say what is so: their code runs, and their example is a file that can be read."""

import asyncio
import re
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from contracts.policies import GatePolicy, Silence, Stage
from contracts.processes import Decider, Step
from runtime.approvers_file import read_approvers
from workflows.steps.gates import Question
from workflows.steps.meanings import Answered
from workflows.steps.messages import SIGNALS

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page: str, language: str) -> list[str]:
    """The page's code."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


class Asked:
    """Gates that only keep what they are asked."""

    def __init__(self) -> None:
        self.questions: list[Question[Any]] = []

    async def clarify(self, question: Question[Any]) -> Answered[Any]:
        """No answer."""
        self.questions.append(question)
        return Answered(question.default, None)


def test_the_step_of_the_page_is_one() -> None:
    step, questions = blocks("gates.md", "python")
    names = {"Step": Step, "Decider": Decider, "GatePolicy": GatePolicy, "Stage": Stage, "timedelta": timedelta}
    made = eval(step, names)
    assert isinstance(made, Step)
    assert made.gate is not None
    assert (made.gate.needed, made.gate.separate) == (3, True)
    asked, order = Asked(), SimpleNamespace(ready_on=date(2027, 1, 1))
    indented = "\n".join(f"    {line}" for line in questions.splitlines())
    around: dict[str, Any] = {"Question": Question, "date": date}
    exec(f"async def story(self, order):\n{indented}", around)
    asyncio.run(around["story"](SimpleNamespace(gates=asked), order))
    choice, day = asked.questions
    assert choice.choices == ("old", "new")
    assert day.contradicts(order.ready_on) == "it is ready on 2027-01-01"


def test_the_page_names_every_field_and_every_decision() -> None:
    page = (DOCS / "gates.md").read_text(encoding="utf-8")
    assert [field for field in GatePolicy.model_fields if f"`{field}`" not in page] == []
    assert [said for said in SIGNALS if f"| {said} " not in page and said != "stop"] == []
    assert all(f"`{word}`" in page for word in Silence)


def test_the_example_file_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "approvers.toml"
    path.write_text(blocks("approvers.md", "toml")[0])
    assert set(read_approvers(path).approvers) == {"ann", "bob", "carol"}
