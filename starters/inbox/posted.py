"""What a form sent: read within bounds."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from starters.inbox.guard import LARGEST

MOST_FIELDS = 500


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a form; of those that are there twice, the last. Raises HTTPException: 400, 413, 415."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
        raise HTTPException(415, "This takes what the inbox's own forms send, and nothing else.")
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                raise HTTPException(413, f"This is too large: at most {LARGEST:,} bytes.")
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ClientDisconnect:
        raise HTTPException(400, "The form did not arrive whole.") from None
    except ValueError:
        raise HTTPException(400, "This form cannot be read.") from None
    return dict(pairs)
