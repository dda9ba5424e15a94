"""A report as one HTML file that needs nothing beside it and asks nothing of a network."""

import base64
import hashlib

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from kizu.reporting.document import Report

_STYLES = ("report.css", "examples.css")
_SCRIPTS = ("report.js", "sorting.js", "filters.js")


def render(report: Report) -> str:
    """The page: style, script and pictures inside, the same text for the same report.

    The content security policy allows exactly the style and the script in the page, by their
    hashes, and pictures and sounds held in ``data:`` addresses; everything else, any request
    included, is refused by the browser.
    """
    environment = Environment(
        loader=PackageLoader("kizu.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    style, script = (
        "".join(_source(environment, name) for name in names) for names in (_STYLES, _SCRIPTS)
    )
    return environment.get_template("report.jinja").render(
        report=report,
        # Our own files, free of "</": nothing in them needs escaping, and hashes need them as is.
        style=Markup(style),
        script=Markup(script),
        policy="; ".join(
            (
                "default-src 'none'",
                "img-src data:",
                "media-src data:",
                f"style-src '{_hash(style)}'",
                f"script-src '{_hash(script)}'",
                "base-uri 'none'",
                "form-action 'none'",
            )
        ),
    )


def _source(environment: Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
