"""What people type and what they get says what it means, field by field."""

import pytest

from contracts.catalogue import PROCESSES


@pytest.mark.parametrize("name", PROCESSES)
def test_every_field_of_an_input_and_of_a_result_is_described(name: str) -> None:
    for kind in (PROCESSES[name].input, PROCESSES[name].result):
        assert kind.__doc__
        assert [field for field, about in kind.model_fields.items() if not about.description] == [], kind.__name__


@pytest.mark.parametrize("name", PROCESSES)
def test_what_an_input_must_have_has_an_example_that_it_takes(name: str) -> None:
    kind = PROCESSES[name].input
    wanted = {field: about.examples for field, about in kind.model_fields.items() if about.is_required()}
    assert all(wanted.values()), wanted
    kind.model_validate({field: (examples or [None])[0] for field, examples in wanted.items()})
