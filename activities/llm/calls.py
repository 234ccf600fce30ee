"""Tool calls as a form of reply: one call of the one tool, and its arguments are the reply."""

from collections.abc import Sequence

from activities.providers.base import REPLY_TOOL, ToolCall

_SHOWN = 3
_SHOWN_NAME = 40


def what_is_wrong(calls: Sequence[ToolCall]) -> str:
    """Why these calls are no reply, in words that a model can act upon; empty where they are one."""
    problems = []
    if unknown := list(dict.fromkeys(call.name for call in calls if call.name != REPLY_TOOL)):
        names = ", ".join(repr(name[:_SHOWN_NAME]) for name in unknown[:_SHOWN])
        problems.append(f"there is no tool {names}{' and others' if len(unknown) > _SHOWN else ''}")
    if len(calls) > 1:
        problems.append(f"there are {len(calls)} calls")
    ids = [call.id for call in calls if call.id]
    if len(set(ids)) < len(ids):
        problems.append("two of them have one id")
    return f"{', '.join(problems)}: call the tool {REPLY_TOOL}, once" if problems else ""
