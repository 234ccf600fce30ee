"""The model that ships, as it really answers: its schema is in force, so even a small model's quotes are quotes."""

from pathlib import Path

from pydantic import BaseModel, Field

from activities.llm.service import LlmActivities
from contracts.llm import Verdict
from contracts.outputs import OutputContract
from contracts.prose import is_quoted_from
from contracts.sales_follow_up import BUYER_SIGNALS, NotesFacts
from runtime.routes import Endpoint
from runtime.settings import Settings
from tests.activities.llm.conftest import NOTES, ask_of
from tests.workers.processes import running, until


class Quoted(BaseModel):
    """One sentence of the notes, and some prose."""

    quote: str = Field(max_length=160, json_schema_extra={"x-quoted-from": "notes"})
    remark: str = Field(min_length=5, max_length=40)


def _check(value: Quoted, facts: NotesFacts) -> list[str]:
    return [] if is_quoted_from(value.quote, facts.notes) else ["not a quote"]


async def test_the_local_model_answers_in_the_form_that_it_was_asked_for(settings: Settings, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    with running("-m", "workers.model_server", "--ready-file", str(ready), folder=tmp_path):
        address = until(lambda: ready.read_text() if ready.exists() else None, "the model server")
        local = settings.model_copy(update={"endpoints": {"local": Endpoint(base_url=address)}})
        llm = LlmActivities(local, {BUYER_SIGNALS.name: OutputContract("quoted", Quoted, NotesFacts, _check)})
        answer = await llm.ask(ask_of("local"))
        await llm.close()
    assert (answer.verdict, answer.problems) == (Verdict.FITS, ())
    assert answer.usage.output_tokens > 0
    assert answer.response_model is not None
    assert NOTES in answer.prompt[-1].content
