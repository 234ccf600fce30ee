"""What all pages of one inbox share."""

import secrets

from starlette.requests import Request
from temporalio.client import Client

from runtime.settings import Settings
from starters.inbox.auth import Auth
from starters.inbox.links import Links
from starters.inbox.people import People
from starters.inbox.place import Place
from starters.inbox.recent import Recent
from starters.inbox.story import Stories
from starters.inbox.waiting import Waiting
from starters.session import Session


class Desk:
    """One inbox: its connection, who may come in, and what it remembers until it ends."""

    def __init__(self, session: Session, place: Place) -> None:
        self.client: Client = session.client
        self.settings: Settings = session.settings
        self.place = place
        self.people = People(session.settings)
        self.auth = Auth(session.settings.inbox_auth, self.people, place)
        self.links = Links(session.settings.state)
        self.waiting = Waiting(session.client)
        self.stories = Stories(session.client)
        self.subjects = Recent()
        """By digest: what pages have shown, to say what has changed since."""
        self._outcomes = Recent()

    def remember(self, name: str, outcome: str) -> str:
        """Keep what came of somebody's decision; the word that leads to it on the next page."""
        word = secrets.token_urlsafe(16)
        self._outcomes.keep(word, (name, outcome))
        return word

    def outcome(self, name: str, word: str | None) -> str | None:
        """What was remembered for somebody: nobody else's link can say it."""
        found = self._outcomes.find(word or "")
        return found[1] if found and found[0] == name else None


def desk_of(request: Request) -> Desk:
    """The inbox that a request came to."""
    desk: Desk = request.app.state.desk
    return desk
