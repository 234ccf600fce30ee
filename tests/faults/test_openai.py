"""Every fault of OpenAI's chat completions has its one right outcome."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.faults.fault import Fault
from tests.faults.one_call import FarEnd, check
from tests.faults.one_route import Ran, check_route
from tests.faults.routes import ROUTES, RouteFault
from tests.faults.shapes import SHAPES
from tests.faults.table import CALLS

PROVIDER = "openai"


@pytest.mark.parametrize("fault", [*CALLS, *SHAPES[PROVIDER]], ids=str)
async def test_a_call_ends_as_it_should_after(
    fault: Fault, there: FarEnd, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await check(fault, PROVIDER, there, tmp_path, caplog)


@pytest.mark.parametrize("fault", ROUTES, ids=str)
def test_a_run_gets_its_reply_in_spite_of(fault: RouteFault, ran: Mapping[str, Mapping[str, Ran]]) -> None:
    check_route(fault, ran[PROVIDER][fault.name], PROVIDER)
