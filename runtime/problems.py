"""What is wrong with a value, in one line that a person can act upon."""

from pydantic import ValidationError

_SHOWN = 3


def problem_line(error: ValidationError) -> str:
    """The first problems as `field: what is wrong`. Never the value itself: it may be a secret."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{'.'.join(str(part) for part in one['loc']) or 'value'}: {one['msg']}" for one in found[:_SHOWN]]
    if len(found) > _SHOWN:
        lines.append(f"and {len(found) - _SHOWN} more")
    # Field names come from the sender, and so could line breaks in them.
    return " ".join("; ".join(lines).split())[:500]
