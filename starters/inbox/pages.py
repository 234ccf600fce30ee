"""Pages from templates. Whatever a template puts out is made visible, then escaped."""

from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from starters.inbox.auth import Visitor
from starters.inbox.place import run_path
from starters.inbox.text import as_typed, minute, relative, shown, with_code

_FOLDER = Path(__file__).parent

STATIC = _FOLDER / "static"

_templates = Environment(
    loader=FileSystemLoader(_FOLDER / "templates"),
    autoescape=True,
    finalize=shown,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters.update(as_typed=as_typed, minute=minute, with_code=with_code)
_templates.globals.update(run_path=run_path)


def page(request: Request, template: str, visitor: Visitor | None, status: int = 200, **context: Any) -> HTMLResponse:
    """A page, or a part of one."""
    now = datetime.now(UTC)
    html = _templates.get_template(template).render(
        base=request.scope["signoff_base"],
        visitor=visitor,
        relative=lambda moment: relative(moment, now),
        **context,
    )
    return HTMLResponse(html, status)


def trouble(request: Request, status: int, text: str, visitor: Visitor | None = None) -> HTMLResponse:
    """A plain page that says what is wrong."""
    return page(request, "trouble.html", visitor, status, title=HTTPStatus(status).phrase, text=text)
