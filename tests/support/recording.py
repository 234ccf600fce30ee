"""Recorded histories: one file for each run, which says nothing of the machine that wrote it."""

import json
import re
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHandle


async def write_history(handle: WorkflowHandle[Any, Any], path: Path, folder: str) -> None:
    """Write what a run has done so far, and tell how long it is; `folder` is where its parts lay."""
    _write(_anywhere((await handle.fetch_history()).to_json_dict(), folder), path)


def _write(history: dict[str, Any], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(history, indent=1, sort_keys=True) + "\n")
    print(f"{path.name}: {len(history['events'])} events")


def _anywhere(recorded: Any, folder: str) -> Any:
    """The history without this machine: its folder, where its code lies, and its name in the workers' identities."""
    if isinstance(recorded, list):
        return [_anywhere(item, folder) for item in recorded]
    if isinstance(recorded, dict):
        return {name: _plain(name, _anywhere(value, folder), folder) for name, value in recorded.items()}
    return recorded


def _plain(name: str, value: Any, folder: str) -> Any:
    if not isinstance(value, str):
        return value
    if name == "data":
        return b64encode(b64decode(value).replace(folder.encode(), b"recorded")).decode()
    if name == "stackTrace":
        return ""
    # PID@HOST: identities, and the sticky queues that are named after them.
    return re.sub(r"^\d+@\S+$", "recorder", value.replace(folder, "recorded"))
