"""An approval is worth one digest in one run."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import BaseModel
from temporalio.testing import ActivityEnvironment

from activities.effects import check_approval
from contracts.errors import NotApproved
from contracts.gates import Approval, digest_of
from contracts.tools import Act, Effect


class Words(BaseModel):
    """Something to say."""

    text: str


WORDS = Words(text="hello")


def act(request: str, digest: str = digest_of(WORDS)) -> Act[Words]:
    """An act approved in the run `request`."""
    approval = Approval(request=request, gate="review", digest=digest, by="ann", at=datetime(2026, 11, 21, tzinfo=UTC))
    return Act(key="key", digest=digest_of(WORDS), argument=WORDS, approval=approval)


def checked_in(run: str, what: Act[Words]) -> None:
    """Check it as an activity of the run `run` does."""
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, workflow_id=run)
    environment.run(check_approval, what, Effect.IRREVERSIBLE)


def test_an_approval_counts_in_the_run_that_it_was_given_in() -> None:
    checked_in("run-1", act("run-1"))


def test_another_runs_approval_of_the_same_words_does_not_count() -> None:
    with pytest.raises(NotApproved):
        checked_in("run-2", act("run-1"))


def test_an_approval_of_other_words_does_not_count() -> None:
    with pytest.raises(NotApproved):
        checked_in("run-1", act("run-1", digest="0" * 64))
