import json
import re
from pathlib import Path

import pytest

from kizu.tracking.publish import is_published, publish

PAGE = '<html>{}<script type="application/json" id="provenance">{{}}</script><p>{}</p></html>'


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(PAGE.format("<script>1</script>", "text"))
    return path


def filled_in(path: Path) -> object:
    match = re.search(r'id="provenance">(.*?)</script>', path.read_text(), re.DOTALL)
    assert match
    return json.loads(match[1])


def test_the_copy_carries_the_provenance_and_the_report_does_not(report: Path) -> None:
    before = report.read_text()
    provenance = {"commit": "abc", "runs": [{"stage": "gan", "url": "http://x/#/1"}]}
    copy = publish(report, provenance)
    assert copy == report.parent / "published" / "report.html"
    assert filled_in(copy) == provenance
    assert report.read_text() == before


def test_no_value_can_end_the_element(report: Path) -> None:
    hostile = {"commit": "</script><script>alert(1)</script>"}
    copy = publish(report, hostile)
    assert copy
    assert filled_in(copy) == hostile
    assert "alert" not in re.sub(r"<script type.*?</script>", "", copy.read_text(), flags=re.DOTALL)


def test_a_page_without_a_place_is_not_published(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<p>text</p>")
    assert publish(page, {}) is None
    assert not (tmp_path / "published").exists()


def test_a_copy_of_another_report_is_not_its_copy(report: Path) -> None:
    assert not is_published(report)
    publish(report, {"commit": "abc"})
    assert is_published(report)
    report.write_text(PAGE.format("<script>1</script>", "newer text"))
    assert not is_published(report)
