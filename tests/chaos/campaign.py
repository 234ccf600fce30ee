"""All trials of one process, several at once; each in a folder and a namespace that nobody else uses meanwhile."""

import asyncio
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from temporalio.client import Client

from tests.chaos.judge import judge
from tests.chaos.outages import Place
from tests.chaos.played import Played
from tests.chaos.record import Seen
from tests.chaos.run import WORD, Run
from tests.chaos.server import Server
from tests.chaos.trials import Trial, trials_of

RECORDINGS = 6


@dataclass(frozen=True)
class Outcome:
    """What one trial showed. Times in seconds from the fault: until another worker took the run up again, and until
    it came to a point at which it had not been before."""

    row: str
    variant: str
    at: str
    lost: tuple[str, ...]
    duplicated: tuple[str, ...]
    wrong: tuple[str, ...]
    taken_up_s: float | None
    past_it_s: float | None

    @property
    def lines(self) -> tuple[str, ...]:
        """What is wrong."""
        return (*self.lost, *self.duplicated, *self.wrong)


class Campaign:
    """Trials of one process."""

    def __init__(self, played: Played, server: Server, folder: Path) -> None:
        self._played, self._server, self._folder = played, server, folder
        self._undisturbed: list[Seen] = []

    async def plan(self, lane: str) -> list[Trial]:
        """Run each variant undisturbed, and list what can be disturbed. Raises AssertionError where one goes wrong."""
        client = await self._server.client(lane)
        for number in range(len(self._played.variants)):
            self._undisturbed.append(await self._recorded(number, client))
        return trials_of(self._played, self._undisturbed)

    async def _recorded(self, number: int, client: Client) -> Seen:
        """The second of two runs in a row that reached the same points: what hangs on a moment's load is left out."""
        before: set[str] = set()
        for attempt in range(RECORDINGS):
            folder = self._folder / f"undisturbed-{number}-{attempt}"
            folder.mkdir()
            seen = await Run(self._played, self._played.variants[number], client, folder).go()
            assert not seen.problems, f"undisturbed, and yet {seen.problems} (see {folder})"
            steady = [point for point in seen.points if not point.name.startswith(self._played.unsteady)]
            if before == (before := {point.name for point in steady}):
                return replace(seen, points=steady)
        raise AssertionError(f"no two of {RECORDINGS} undisturbed runs reach the same points (see {self._folder})")

    async def hold(self, trial: Trial, number: int, lane: str) -> Outcome:
        """One trial. Its folder is kept where something was wrong."""
        folder = self._folder / f"trial-{number}"
        folder.mkdir()
        variant, usual = self._played.variants[trial.variant], self._undisturbed[trial.variant]
        place = Place(self._played, variant, await self._server.client(lane), folder, trial.at)
        try:
            seen = await trial.outage(place)
        except Exception as error:  # one trial that cannot be held must not end the others; it counts as wrong
            seen = Seen(problems=[f"it could not be held: {type(error).__name__}: {error}"], fault_done=True)
        verdict = judge(self._played, variant, usual, seen)
        outcome = Outcome(
            trial.row,
            variant.name,
            trial.at,
            verdict.lost,
            verdict.duplicated,
            verdict.wrong,
            *_recovery(seen, trial.at),
        )
        if not outcome.lines:
            shutil.rmtree(folder)
        return outcome


async def hold_all(
    campaign: Campaign, trials: Sequence[Trial], lanes: Sequence[str], done: Callable[[Outcome], None]
) -> None:
    """Hold them, as many at once as there are lanes; `done` is told of each."""
    waiting = iter(list(enumerate(trials)))

    async def work(lane: str) -> None:
        for number, trial in waiting:
            done(await campaign.hold(trial, number, lane))

    await asyncio.gather(*(work(lane) for lane in lanes))


def _recovery(seen: Seen, at: str) -> tuple[float | None, float | None]:
    hit = next((point for point in seen.points if point.name == at), None)
    if hit is None:
        return None, None
    # Where it waited for a person, there was nothing to be done before the person's word.
    word = f"{at.split(': ')[0]}: {WORD}"
    since = next((point.at for point in seen.points if point.name == word), hit.at)
    before = [point for point in seen.points if point.at <= hit.at]
    others, known = {os.getpid(), *(point.pid for point in before)}, {point.name for point in before}
    after = [point for point in seen.points if point.at > since and point.pid not in others]
    taken_up = next((point.at - since for point in after), None)
    past_it = next((point.at - since for point in after if point.name not in known), None)
    return taken_up, past_it


def save(file: Path, outcome: Outcome) -> None:
    """Add it to a file of results, from which a campaign that was broken off goes on."""
    with file.open("a") as lines:
        lines.write(json.dumps(asdict(outcome)) + "\n")


def load(file: Path) -> list[Outcome]:
    """What such a file holds."""
    if not file.exists():
        return []
    return [Outcome(**json.loads(line)) for line in file.read_text().splitlines()]
