"""Checks of model-written prose against the texts it was made from. Pure code; a model's confidence is no evidence."""

from collections.abc import Sequence


def is_quoted_from(quote: str, source: str) -> bool:
    """Whether `quote` stands in `source`, white space and letter case aside."""
    return " ".join(quote.split()).casefold() in " ".join(source.split()).casefold()


def prose_problems(text: str, sources: Sequence[str]) -> list[str]:
    """What `text` says that no source says."""
    return []
