"""The effect ledger as workflows see it."""

from pydantic import BaseModel, ConfigDict
from temporalio import activity


class Settlement(BaseModel):
    """A person's answer to "did this happen?", for an effect whose outcome nobody could look up."""

    model_config = ConfigDict(frozen=True)

    key: str
    fence: int
    """The claim that the answer is about; a later one stays as it is."""
    happened: bool
    by: str
    undoes: str | None = None
    """Key of the effect that this one takes back."""


class EffectKey(BaseModel):
    """Which effect."""

    model_config = ConfigDict(frozen=True)

    key: str


class Begun(BaseModel):
    """Whether an effect was begun: it may have happened, or has."""

    model_config = ConfigDict(frozen=True)

    begun: bool


class EffectsPort:
    """What the ledger knows, and settling what could not be looked up."""

    @activity.defn(name="effects.begun")
    async def begun(self, effect: EffectKey) -> Begun:
        """Whether anybody has claimed it and not given it up."""
        raise NotImplementedError

    @activity.defn(name="effects.settle")
    async def settle(self, settlement: Settlement) -> None:
        """Yes: the answer becomes the receipt. No: the claim is given up, so that the effect may be tried again."""
        raise NotImplementedError
