"""What a model turns out not to take, and is asked without from then on: a tool that it must call, a schema in force.

Models differ in what they refuse, also those of one provider, and from one month to the next; a list of them would be
wrong soon. A request that is refused for its form is refused before the model reads it, so it costs nothing.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from activities.providers.base import Call

T = TypeVar("T")

_REFUSED_FOR_ITS_FORM = frozenset({400, 422})


class Concession(StrEnum):
    """What is done without."""

    FORCE = "the model may answer without calling the tool"
    EFFORT = "the model does not reason before it calls the tool"
    STRICT = "the schema is shown, and not in force"
    SCHEMA = "the schema stands in the prompt, and nowhere else"


Granted = frozenset[Concession]
Signs = Mapping[re.Pattern[str], Sequence[Concession]]
"""What the provider's message says, and what to try then, one after the other."""


class Concessions:
    """Kept for the worker's life, by model and contract."""

    def __init__(self, signs: Signs) -> None:
        self._signs = signs
        self._granted: dict[tuple[str, str], Granted] = {}

    async def opened(self, ask: Callable[[Call, Granted], Awaitable[T]], call: Call, fault: type[Exception]) -> T:
        """The answer to the request, made again with a concession for as long as it is refused for its form.

        Raises what the SDK raises; `fault` is the root of its errors.
        """
        key = (str(call.model), json.dumps(call.schema, sort_keys=True))
        while True:
            granted = self._granted.get(key, frozenset())
            try:
                return await ask(call, granted)
            except fault as error:
                wanted = self._wanted(error, granted)
                if wanted is None:
                    raise
                # Another call may have come first: what it was granted stays.
                self._granted[key] = self._granted.get(key, frozenset()) | {wanted}

    def _wanted(self, error: Exception, granted: Granted) -> Concession | None:
        if getattr(error, "status_code", None) not in _REFUSED_FOR_ITS_FORM:
            return None
        said = str(error)
        every = (one for sign, row in self._signs.items() if sign.search(said) for one in row)
        return next((one for one in every if one not in granted), None)
