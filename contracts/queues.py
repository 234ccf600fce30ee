"""Task queue names. They are part of the interface: rate limits and dashboards are set on them."""

WORK = "signoff"
"""Workflows and tools."""


def llm_queue(provider: str) -> str:
    """Queue of the model calls to one provider, so that a limit holds for the whole fleet."""
    return f"signoff-llm-{provider}"
