"""A page as one HTML file that needs no network, no other file and, to be read, no JavaScript.

Everything that comes from files or users is data: the template escapes all of it, and a content security policy lets
the browser run nothing but the page's own script and load nothing but its own images.
"""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from crossbar_nsm.report.page.parts import Page
from device_models.files.signs import sealed, sign

FILTER_FROM_ROWS = 9  # a box to filter by is for tables that are longer than a glance
KIND = "report"
TALL_FROM_ROWS = 30  # longer tables scroll inside their box


def render(page: Page) -> str:
    """The HTML of a page; the same page gives the same text."""
    style, script = _file("page.css"), _file("page.js")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["breakable"] = _breakable
    anchors = _anchors([section.title for section in page.sections])
    text = environment.from_string(_file("page.html")).render(
        page=page,
        generator=sign(KIND),
        sections=list(zip(anchors, page.sections, strict=True)),
        style=Markup(style),  # a file of this package, not data
        script=Markup(script),  # a file of this package, not data
        policy=f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
        filter_from=FILTER_FROM_ROWS,
        tall_from=TALL_FROM_ROWS,
    )
    return sealed(text)


def _file(name: str) -> str:
    return (resources.files("crossbar_nsm.report.page") / name).read_text(encoding="utf-8")


def _breakable(text: str) -> Markup:
    """Text that may go on in the next line after a dot or a slash, as names of settings and networks are long, but not
    between a number and its per cent sign."""
    text = re.sub(r"(?<=\d) (?=%)", "\u00a0", text)
    return Markup("<wbr>").join(escape(part) for part in re.split(r"(?<=[./])(?=[^\W\d])", text))


def _hash(content: str) -> str:
    """What a content security policy calls an inline style or script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _anchors(titles: list[str]) -> list[str]:
    """An id for every section, each once."""
    anchors: list[str] = []
    for title in titles:
        name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "section"
        taken = sum(re.fullmatch(re.escape(name) + r"(--\d+)?", anchor) is not None for anchor in anchors)
        anchors.append(f"{name}--{taken + 1}" if taken else name)
    return anchors
