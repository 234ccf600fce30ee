"""`signoff codec`: serve the Temporal UI and the `temporal` CLI what they cannot decrypt themselves."""

from argparse import Namespace
from urllib.parse import urlsplit

from runtime.blobs.opened import open_driver
from runtime.codec import data_converter
from runtime.sealing.opened import open_vault
from runtime.settings import Settings, load_settings
from starters.cli.output import emit, say
from starters.failures import BAD_INPUT, Failure
from starters.inbox.place import Place, is_loopback
from starters.inbox.serving import ended, listen, serve

USUAL_PORT = 8236


async def codec(args: Namespace) -> int:
    """Serve until it is ended."""
    settings = load_settings()
    _check(args.host, settings)
    origins = frozenset(_origin(one) for one in args.origin or [settings.ui_url])
    # Imported here: what is refused needs no web server.
    from starters.codec.app import make_app
    from starters.codec.door import Door

    converter = data_converter(open_driver(settings), settings.blobs_above, open_vault(settings))
    with listen(args.host, args.port, USUAL_PORT) as opened:
        place = Place(args.host, opened.getsockname()[1])
        app = make_app(converter, Door(settings, place.port), origins, settings.temporal_namespace)
        await serve(app, opened, lambda: _tell(args, settings, place, origins), ended())
    return 0


def _check(host: str, settings: Settings) -> None:
    if settings.payload_keys is None:
        raise Failure(BAD_INPUT, "SIGNOFF_PAYLOAD_KEYS is not set: there is nothing to decrypt with")
    if settings.codec_token is None and settings.inbox_auth is None:
        advice = "nobody could be let in; set it to 20 random characters or more"
        raise Failure(BAD_INPUT, f"SIGNOFF_CODEC_TOKEN is not set: {advice}")
    if not is_loopback(host) and settings.inbox_auth is None:
        advice = "let a proxy with TLS stand before it on this machine, or set SIGNOFF_INBOX_AUTH"
        raise Failure(BAD_INPUT, f"--host {host} would send what is decrypted over the network in the clear: {advice}")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Failure(BAD_INPUT, f"--origin {url}: must be a page's scheme and host, like https://temporal.example.com")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _tell(args: Namespace, settings: Settings, place: Place, origins: frozenset[str]) -> None:
    pages = sorted(origins)
    if args.json:
        emit({"url": place.url, "origins": pages, "namespace": settings.temporal_namespace})
        return
    say(f"Codec server  {place.url} for namespace {settings.temporal_namespace}, and for pages of {', '.join(pages)}")
    if settings.codec_token:
        say(f"Sign in with SIGNOFF_CODEC_TOKEN at {place.url}/login")
    say("Ctrl-C ends it")
