"""The pages that are rendered here: one layout, one header, values escaped. Owner of Jinja2."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi.responses import HTMLResponse
from markupsafe import Markup

from assistant.faces.site import html
from assistant.model import ROLE_NAMES, reference
from assistant.rendering import clause_url
from assistant.settings import Settings
from assistant.text import chinese_date
from assistant.validity import STATUS_NAMES

if TYPE_CHECKING:
    from jinja2 import Environment

PRODUCT = "政策问答助手"
STATIC = Path(__file__).parent.parent.parent / "static"
TEMPLATES = Path(__file__).parent.parent.parent / "templates"
PAGE_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)

# What each section of the site is called, and where it is.
SECTIONS = (
    ("chat", "问政策", "/"),
    ("industries", "投资指引", "/industries"),
    ("units", "职责清单", "/units"),
    ("documents", "文件库", "/documents"),
)


@dataclass(frozen=True, slots=True)
class Site:
    """Where the pages stand: the path they are under, their public address, what is switched on."""

    base: str = ""
    public_base_url: str = ""
    administered: bool = False
    model: str = ""
    record_number: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Site:
        """The site that the settings describe."""
        return cls(
            base=html.base_path(settings.public_base_url),
            public_base_url=settings.public_base_url,
            administered=settings.admin_password is not None,
            model=settings.llm_model if settings.llm_base_url else "",
            record_number=settings.llm_record_number,
        )

    def address(self, path: str) -> str:
        """The whole public address of a path of this site, or the path where none is set."""
        return self.public_base_url + path if self.public_base_url else path

    @property
    def sections(self) -> tuple[tuple[str, str, str], ...]:
        """(key, name, address) of what the header leads to."""
        return tuple((key, name, self.base + path) for key, name, path in SECTIONS)


def render(template: str, site: Site, **values: object) -> str:
    """A template with ``values`` as it names them; also ``site`` and the functions of links.

    A text is escaped unless it is ``Markup``.
    """
    page = _environment().get_template(template)
    return page.render(site=site, **_links(site.base), **values)


def page_response(
    template: str, site: Site, *, status: int = 200, **values: object
) -> HTMLResponse:
    """A whole page; it may load nothing but this site's own files."""
    return html_response(render(template, site, **values), status)


def html_response(page: str, status: int = 200) -> HTMLResponse:
    """A rendered page as it is sent."""
    return HTMLResponse(page, status, {"Content-Security-Policy": PAGE_POLICY})


def header(site: Site, section: str) -> str:
    """The head of every page: the name, the sections with the present one marked, the switches."""
    return render("header.html", site, section=section)


@cache
def static_version(name: str) -> str:
    """Changes with the file under ``static/``, so that a browser may keep the old one for long."""
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def static_url(name: str, base: str = "") -> str:
    """The address of a file under ``static/``."""
    return f"{base}/static/{name}?v={static_version(name)}"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.globals |= {"product": PRODUCT, "role_names": ROLE_NAMES, "status_names": STATUS_NAMES}
    made.globals |= {"reference": reference, "basis_words": html.basis_words}
    made.filters |= {"chinese_date": chinese_date}
    return made


def _links(base: str) -> dict[str, object]:
    """The functions that make links and shared pieces, bound to the path of the site."""
    return {
        "static": partial(static_url, base=base),
        "clause_url": lambda clause_id: clause_url(clause_id, base),
        "document_url": partial(html.document_url, base=base),
        "unit_url": partial(html.unit_url, base=base),
        "ask_url": partial(html.ask_url, base=base),
        "unit_chips": lambda units: Markup(html.unit_chips(units, base)),  # noqa: S704
        "path_words": lambda path: Markup(html.path_words(path)),  # noqa: S704
        "badge": lambda kind: Markup(html.badge(kind)),  # noqa: S704
    }
