"""Checks of model-written prose against the texts it was made from. Pure code; a model's confidence is no evidence."""

from contracts.prose.check import prose_problems
from contracts.prose.figures import figure_problems
from contracts.prose.quotes import is_quoted_from

__all__ = ["figure_problems", "is_quoted_from", "prose_problems"]
