"""`signoff inbox`: the page where people decide, and links that let them in."""

from argparse import Namespace
from pathlib import Path

from runtime.settings import Settings, load_settings
from starters.cli.common import connected
from starters.cli.output import clean_line, emit, say
from starters.decisions import own_name
from starters.failures import BAD_INPUT, REFUSED, Failure
from starters.inbox.links import VALID_S, Links
from starters.inbox.people import People
from starters.inbox.place import Place, is_loopback
from starters.inbox.serving import ended, listen, running_inbox, said_where, serve


async def inbox(args: Namespace) -> int:
    """Serve the inbox until it is ended, or print a link into the one that runs."""
    settings = load_settings()
    if args.link:
        return _link(args, settings)
    _check_host(args.host, settings)
    # The stack's inbox writes into a log, where no link may be.
    by = None if args.ready_file or settings.inbox_auth else _checked(args.by, settings)
    session = await connected(args, "inbox")
    # Imported here: a link needs no web server.
    from starters.inbox.app import make_app
    from starters.inbox.desk import Desk

    with listen(args.host, args.port) as opened:
        public = settings.approvers.notices.inbox if settings.approvers else None
        place = Place(args.host, opened.getsockname()[1], public)

        def ready() -> None:
            _tell(args, settings, place, by)
            if args.ready_file:
                Path(args.ready_file).write_text(place.url)

        with said_where(settings.state, place):
            await serve(make_app(Desk(session, place)), opened, ready, ended())
    return 0


def _link(args: Namespace, settings: Settings) -> int:
    if settings.inbox_auth:
        raise Failure(BAD_INPUT, "SIGNOFF_INBOX_AUTH is set: the proxy knows who somebody is, so there are no links")
    by = _checked(args.by, settings)
    home = running_inbox(settings.state)
    if home is None:
        raise Failure(REFUSED, f"no inbox runs in {settings.state.parent}: start one with `signoff inbox`")
    link = _make(settings, home, by)
    if args.json:
        emit({"link": link, "by": by, "valid_s": VALID_S})
    else:
        say(link)
    return 0


def _checked(by: str | None, settings: Settings) -> str:
    name = own_name() if by is None else by.strip()
    if problem := People(settings).problem(name):
        raise Failure(BAD_INPUT, f"--by {name}: {problem}")
    return name


def _check_host(host: str, settings: Settings) -> None:
    if not is_loopback(host) and settings.inbox_auth is None:
        advice = "set SIGNOFF_INBOX_AUTH to have a proxy say who somebody is, or leave --host out"
        raise Failure(BAD_INPUT, f"--host {host} would open the inbox to other machines: {advice}")


def _make(settings: Settings, home: str, by: str) -> str:
    try:
        return f"{home}/login/{Links(settings.state).make(by)}"
    except OSError as error:
        raise Failure(REFUSED, f"{settings.state} cannot be written: {error.strerror}") from None


def _tell(args: Namespace, settings: Settings, place: Place, by: str | None) -> None:
    link = _make(settings, place.home, by) if by else None
    if args.json:
        emit({"url": place.url, "link": link, "by": by})
        return
    say(f"Inbox  {place.url} ({'this machine only' if is_loopback(place.host) else 'other machines reach it'})")
    if settings.inbox_auth:
        say(f"Names come from the header {settings.inbox_auth.header} of the proxy, and from nobody else")
    if link and by:
        say(f"Sign in as {clean_line(by)}, once, within {VALID_S // 60} minutes:\n{link}")
    if not args.ready_file:
        say("Ctrl-C ends it")
