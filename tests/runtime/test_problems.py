"""What is wrong with a value, in words."""

import pytest
from pydantic import BaseModel, ValidationError, field_validator

from contracts.crm import LeadId
from contracts.processes import ProcessInput
from runtime.problems import problem_line

LABEL = "letters, digits, '.', '_' and '-', at most 64, beginning with a letter or digit"


class Order(BaseModel):
    lead_id: LeadId = "lead-007"
    count: int = 1

    @field_validator("count")
    @classmethod
    def check_count(cls, count: int) -> int:
        if count < 1:
            raise ValueError("must hold one or more")
        return count


def line(model: type[BaseModel], **fields: object) -> str:
    with pytest.raises(ValidationError) as raised:
        model.model_validate(fields)
    return problem_line(raised.value)


def test_what_a_check_of_ours_says_is_said_alone() -> None:
    assert line(Order, count=0) == "count: must hold one or more"


def test_a_label_is_described_in_words() -> None:
    assert line(ProcessInput, occasion="a/b", tenant="-") == f"occasion: {LABEL}; tenant: {LABEL}"
    assert line(Order, lead_id="../lead") == f"lead_id: {LABEL}"
