"""A memory that does not grow."""

from collections import OrderedDict
from typing import Any

_KEPT = 200


class Recent:
    """The newest values by their names; older ones are forgotten."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Any] = OrderedDict()

    def keep(self, name: str, value: Any) -> None:
        """Also what was kept before is the newest now."""
        self._kept.pop(name, None)
        self._kept[name] = value
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def find(self, name: str) -> Any:
        """None where it is not there any more."""
        return self._kept.get(name)
