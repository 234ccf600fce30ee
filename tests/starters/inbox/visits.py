"""A visitor: an HTTP client that reads pages as a browser does, and keeps cookies."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, cast

import httpx2
from starlette.requests import Request
from temporalio.client import Client

from runtime.settings import Settings
from starters.inbox.app import make_app
from starters.inbox.desk import Desk
from starters.inbox.place import Place, run_path
from starters.session import Session

_INLINE = ("a", "bdi", "code", "span", "time")

HOME = "http://127.0.0.1:8235"


@dataclass
class Form:
    """One form: where it goes, what stands in its fields, and what its buttons send."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


class Parsed(HTMLParser):
    """Forms, and the text that a reader sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._text = ""
        self._area: str | None = None
        self._select: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Fields are kept with what is in them."""
        self._text += "" if tag in _INLINE else " "
        said = {name: value or "" for name, value in attrs}
        is_set = any(name in ("checked", "selected") for name, _ in attrs)
        match tag:
            case "form":
                self.forms.append(Form(said.get("action", "")))
            case "input" if said.get("type") not in ("radio", "checkbox") or is_set:
                self.forms[-1].fields[said["name"]] = said.get("value", "")
            case "textarea":
                self._area = said["name"]
                self.forms[-1].fields[self._area] = ""
            case "select":
                self._select = said["name"]
            case "option" if is_set and self._select:
                self.forms[-1].fields[self._select] = said["value"]
            case "button" if "value" in said:
                self.forms[-1].buttons.append(said["value"])

    def handle_endtag(self, tag: str) -> None:
        """The first line break of a text field is not part of it."""
        if tag == "textarea" and self._area:
            fields = self.forms[-1].fields
            fields[self._area] = fields[self._area].removeprefix("\n")
            self._area = None

    def handle_data(self, data: str) -> None:
        """Text of the page, or of a field."""
        if self._area:
            self.forms[-1].fields[self._area] += data
        else:
            self._text += data

    @property
    def text(self) -> str:
        """What stands outside of fields."""
        return " ".join(self._text.split())


@dataclass(frozen=True)
class Page:
    """An answer, read."""

    status: int
    html: str
    headers: httpx2.Headers

    @property
    def parsed(self) -> Parsed:
        """Its forms and its text."""
        return Parsed(self.html)

    @property
    def text(self) -> str:
        """What a reader sees outside of fields."""
        return self.parsed.text

    @property
    def form(self) -> Form:
        """The one in which somebody decides."""
        return next(form for form in self.parsed.forms if "digest" in form.fields)


class Visitor:
    """Somebody with a browser. `peer`: where their connection comes from."""

    def __init__(self, desk: Desk, peer: str = "127.0.0.1", home: str = HOME) -> None:
        self.desk = desk
        self._app = make_app(desk)
        transport = httpx2.ASGITransport(app=cast(Any, self._app), client=(peer, 50_000), raise_app_exceptions=False)
        self.http = httpx2.AsyncClient(transport=transport, base_url=home)
        self._home = home

    async def get(self, path: str, **headers: str) -> Page:
        """Open a page; leads on are not followed."""
        return _page(await self.http.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()}))

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> Page:
        """Send a form, as from a page of the inbox unless `headers` say otherwise."""
        sent = {"origin": self._home} | {k.replace("_", "-"): v for k, v in headers.items()}
        return _page(await self.http.post(path, data=fields, headers=sent))

    @property
    def csrf(self) -> str:
        """What the forms on their pages hold."""
        cookie = f"{self.desk.auth.cookie}={self.http.cookies[self.desk.auth.cookie]}"
        return self.desk.auth.visitor(Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})).csrf

    async def sign_in(self, name: str) -> None:
        """Through a link, like anybody."""
        token = self.desk.links.make(name)
        assert (await self.post("/login", {"token": token})).status == 303

    async def open(self, workflow_id: str, gate: str | None = None) -> Page:
        """A run's page."""
        return await self.get(run_path(workflow_id, gate))

    async def decide(self, page: Page, verdict: str, **changes: str) -> Page:
        """Press one of a page's buttons, after changes in its fields; what comes of it, followed once."""
        form = page.form
        typed = form.fields | {name.replace("__", "."): text for name, text in changes.items()}
        # Browsers send line breaks in two characters.
        sent = {name: text.replace("\n", "\r\n") for name, text in typed.items()}
        answer = await self.post(form.action, {**sent, "verdict": verdict})
        return await self.get(answer.headers["location"]) if answer.status == 303 else answer


def _page(response: httpx2.Response) -> Page:
    return Page(response.status_code, response.text, response.headers)


def make_desk(client: Client, settings: Settings, place: Place | None = None) -> Desk:
    """An inbox around a client."""
    return Desk(Session(client, settings), place or Place("127.0.0.1", 8235))
