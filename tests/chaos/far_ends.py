"""The outside world of one run, in the process that looks on: a model's provider, a mail sink, a database."""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from runtime.settings import load_settings
from tests.chaos.played import Answers, Variant
from tests.support.provider_server import ProviderServer, Turn
from tests.support.world import mail_sink
from workers.mail_sink import KeepInMaildir
from workers.seed import seed


class Provider(ProviderServer):
    """Numbers its replies, so that a recorded one is known again."""

    def __init__(self, answers: Answers, reach: Callable[[str], None]) -> None:
        super().__init__()
        self._answers, self._reach = answers, reach

    @property
    def questions(self) -> list[str]:
        """A digest of each request that came."""
        bodies = (json.dumps(request.body, sort_keys=True) for request in self.requests)
        return [hashlib.sha256(body.encode()).hexdigest() for body in bodies]

    def _next(self, model: str | None) -> Turn:
        number = len(self.requests)
        self._reach(f"model call {number}: asked")
        return replace(self._answers(self.requests[-1]), headers={"x-request-id": str(number)})


class SlowSink(KeepInMaildir):
    """Thinks before it takes a mail."""

    def __init__(self, folder: Path, thinks_s: float) -> None:
        super().__init__(folder)
        self._thinks_s = thinks_s

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Whether the mail is kept."""
        # A mail server that thinks before it answers, so that a run can be disturbed meanwhile.
        await asyncio.sleep(self._thinks_s)
        return await super().handle_DATA(server, session, envelope)


@dataclass(frozen=True)
class FarEnds:
    """Where they are, as a worker's settings, and what they have seen."""

    provider: Provider
    maildir: Path
    settings: dict[str, str]


@asynccontextmanager
async def far_ends(
    folder: Path, variant: Variant, reach: Callable[[str], None], settings: dict[str, str]
) -> AsyncIterator[FarEnds]:
    """The outside world of a run in `folder`; `settings` go before what is usual."""
    maildir = folder / "mail"
    sink = SlowSink(maildir, variant.mail_takes_s)
    async with mail_sink(maildir, sink) as smtp, Provider(variant.answers, reach) as provider:
        usual = {
            "SIGNOFF_MODELS": "openai:gpt-4o-mini",
            "OPENAI_API_KEY": "sk-of-nobody",
            "OPENAI_BASE_URL": provider.openai_url,
            "SIGNOFF_SMTP_URL": smtp,
            "SIGNOFF_MAIL_PROBE": f"maildir:{maildir}",
            "SIGNOFF_DATABASE_URL": f"sqlite:///{folder}/signoff.db",
        }
        seed(load_settings(usual | settings, folder))
        yield FarEnds(provider, maildir, usual | settings)


def paid_twice(questions: list[str], recorded: set[int], usual: Counter[str]) -> list[str]:
    """What is wrong with the model calls of a run. `recorded`: numbers of the replies that stand in its history;
    `usual`: how often each question is asked and recorded in a run that nobody disturbs.
    """
    problems = []
    for question in set(questions):
        asked = [number for number, one in enumerate(questions, start=1) if one == question]
        kept = [number for number in asked if number in recorded]
        if len(kept) > usual[question]:
            problems.append(f"the same question has {len(kept)} recorded replies, usually {usual[question]}")
        elif len(kept) == usual[question] and kept and asked[-1] != kept[-1]:
            problems.append(f"model call {asked[-1]} asked again what had a recorded reply")
    return problems
