"""Delegation: what a child workflow is given, and what it reports."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from contracts.budgets import Account, Spent

Q = TypeVar("Q")
R = TypeVar("R")


class Task(BaseModel, Generic[Q]):
    """A child's input. It spends within its account, a share of its parent's."""

    model_config = ConfigDict(frozen=True)

    request: Q
    account: Account
    depth: int
    """Parents above it: 1 for the child of a run that nobody has delegated."""


class Report(BaseModel, Generic[R]):
    """A child's result, and what it has spent, also where it ended early."""

    model_config = ConfigDict(frozen=True)

    result: R
    spent: Spent
