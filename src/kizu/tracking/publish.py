"""A copy of the report that says which commit and which runs it shows.

DVC's report is the same bytes for the same data, so it can name neither. Its element
``<script type="application/json" id="provenance">`` waits for them; the page shows what is in it.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_ELEMENT = re.compile(r'(<script\b[^>]*\bid="provenance"[^>]*>)(.*?)(</script>)', re.DOTALL)


def publish(report: Path, provenance: Mapping[str, Any]) -> Path | None:
    """Write ``published/<name>`` beside a report, with the provenance filled in.

    Args:
        report: the HTML report that DVC keeps.
        provenance: ``commit``, ``dirty`` and ``runs``, a list of ``stage``, ``run_id``, ``url`` and
            ``status`` (``ran`` or ``cached``).

    Returns:
        The copy; None when the report has no place for provenance.
    """
    text = report.read_text(encoding="utf-8")
    # No value may end the element early.
    data = json.dumps(provenance, indent=1, sort_keys=True).replace("<", "\\u003c")
    stamped, count = _ELEMENT.subn(lambda match: f"{match[1]}{data}{match[3]}", text, count=1)
    if not count:
        return None
    copy = published_path(report)
    copy.parent.mkdir(exist_ok=True)
    draft = copy.with_suffix(".tmp")
    draft.write_text(stamped, encoding="utf-8")
    return draft.replace(copy)


def published_path(report: Path) -> Path:
    """Return where the copy of a report lies."""
    return report.parent / "published" / report.name


def is_published(report: Path) -> bool:
    """Tell whether the copy is there and shows what the report shows."""
    try:
        copy = published_path(report).read_text(encoding="utf-8")
        return _without_provenance(copy) == _without_provenance(report.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False


def _without_provenance(text: str) -> str:
    return _ELEMENT.sub(lambda match: match[1] + match[3], text, count=1)
