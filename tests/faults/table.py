"""All faults of a single call."""

from tests.faults.cuts import CUT
from tests.faults.errors import DOWN, REFUSED, WAITS
from tests.faults.forms import FORMS
from tests.faults.replies import ENDED, JUNK, TOOL_CALLS, UNSTREAMED

CALLS = [*WAITS, *DOWN, *CUT, *REFUSED, *ENDED, *FORMS, *JUNK, *TOOL_CALLS, *UNSTREAMED]
"""Of either provider."""
