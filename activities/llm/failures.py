"""What an SDK's exception means: try again, give up, or count the reply as lost."""

import httpx2

from activities.llm.kinds import Kind, kind_of
from activities.llm.refusals import Door, in_one_line, is_for_good, refused, words_of
from activities.llm.waiting import wait_for
from contracts.errors import ModelRefused, ModelUnavailable, SignoffError

_CALLER_LEFT = 499
"""A gateway says that we went away while it waited: what it waited for may have been billed."""


def before_the_reply(error: Exception, door: Door) -> SignoffError | None:
    """What to raise for an error that came before the first byte of a reply; None: it may have been billed.

    Raise it `from None`: an SDK's exception may quote a key, and the cause of an activity's failure is history.
    """
    inner = _innermost(error)
    match kind_of(inner):
        case Kind.STATUS:
            return _by_status(error, door)
        case Kind.UNSENT:
            return _unreachable(error, inner, door)
        case Kind.SETUP:
            return _cannot_be_called(inner, door)
        case Kind.BROKEN | Kind.CONNECTION:
            return None


def not_set_up(error: Exception, door: Door) -> ModelRefused:
    """What to raise where no client can be made: nothing was sent. Raise it `from None`."""
    return ModelRefused(
        f"{door.name} cannot be called from here ({type(error).__name__}): check {door.url}, and what the environment "
        f"says of proxies (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY) and certificates (SSL_CERT_FILE)"
    )


def in_words(error: Exception, door: Door) -> str:
    """Why a reply broke off: the provider's own words where it sent some, else what the exception is called."""
    return words_of(error, door) or type(_innermost(error)).__name__


def _innermost(error: BaseException) -> BaseException:
    """An SDK's word for a broken connection says less than what it stands for."""
    return error.__cause__ if kind_of(error) is Kind.CONNECTION and error.__cause__ else error


def _cannot_be_called(error: BaseException, door: Door) -> ModelRefused:
    return ModelRefused(f"{door.name} cannot be called ({type(error).__name__}): check {door.key_name} and {door.url}")


def _by_status(error: Exception, door: Door) -> SignoffError | None:
    response = getattr(error, "response", None)
    if not isinstance(response, httpx2.Response) or response.status_code == _CALLER_LEFT:
        return None
    if is_for_good(response, error):
        return refused(response.status_code, error, door)
    return ModelUnavailable(f"{door.name} is busy or down ({response.status_code})", wait=wait_for(response.headers))


def _unreachable(error: Exception, cause: BaseException, door: Door) -> ModelUnavailable:
    request = getattr(error, "request", None)
    where = f" at {request.url.netloc.decode()}" if isinstance(request, httpx2.Request) else ""
    why = f"{type(cause).__name__}: {in_one_line(str(cause), door)}".rstrip(": ")
    return ModelUnavailable(f"{door.name} cannot be reached{where} ({why})", wait=wait_for({}))
