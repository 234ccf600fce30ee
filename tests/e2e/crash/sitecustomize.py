"""Loaded by every Python that has this folder on its PYTHONPATH: one real SIGKILL between an effect and its receipt.

The worker that is about to write a receipt while the file named by CRASH_BEFORE_RECEIPT exists removes it and dies.
What stands in the file is the end of the only key that this goes for.
"""

import os
import signal
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

LEDGER = "activities.stores.ledger"


class CrashBeforeReceipt(MetaPathFinder):
    """Finds the ledger's module as always, and changes one method of it once it is loaded."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The usual spec, with a loader that arms the method afterwards."""
        spec = PathFinder.find_spec(fullname, path) if fullname == LEDGER else None
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def load_and_arm(module: ModuleType) -> None:
            load(module)
            arm(module)

        spec.loader.exec_module = load_and_arm  # type: ignore[method-assign]
        return spec


def arm(ledger: Any) -> None:
    """Make the next receipt's writer die before it writes."""
    finish = ledger.Ledger.finish

    def die_first(self: Any, *args: Any) -> Any:
        marker = Path(os.environ["CRASH_BEFORE_RECEIPT"])
        if marker.exists() and args[0].key.endswith(marker.read_text()):
            marker.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return finish(self, *args)

    ledger.Ledger.finish = die_first


if "CRASH_BEFORE_RECEIPT" in os.environ:
    sys.meta_path.insert(0, CrashBeforeReceipt())
