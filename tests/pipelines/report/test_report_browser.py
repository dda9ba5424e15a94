"""The report in a real browser."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kizu.pipelines.report.detection import DETECTED
from kizu.tracking.publish import publish

pytestmark = pytest.mark.browser


PROVENANCE = {
    "commit": "0123456789abcdef0123456789abcdef01234567",
    "dirty": True,
    "runs": [
        {"stage": "gan", "run_id": "f00", "url": "http://localhost:5000/#/r/f00", "status": "ran"},
        {"stage": "</script>", "run_id": "bad", "url": "javascript:alert(1)", "status": "cached"},
        {"stage": "report", "run_id": "b42", "url": None, "status": "ran"},
    ],
}


@pytest.fixture
def opened(browser: Any, report: str, tmp_path: Path) -> Any:
    """The browser on the page, its logs empty before."""
    for log in ("browser", "performance"):
        browser.get_log(log)
    page = tmp_path / "report.html"
    page.write_text(report, encoding="utf-8")
    browser.get(page.as_uri())
    return browser


def requested(browser: Any) -> set[str]:
    """The addresses that the browser asked for, apart from those held in the page."""
    events = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    addresses = (
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    )
    return {address for address in addresses if not address.startswith("data:")}


def test_a_browser_shows_the_page_without_complaint_or_request(opened: Any) -> None:
    assert opened.title == "Test & report"
    assert opened.get_log("browser") == []
    assert requested(opened) == {opened.current_url}
    broken = opened.execute_script(
        "return [...document.images].filter(i => !i.complete || !i.naturalWidth).length"
    )
    assert broken == 0
    assert len(opened.find_elements("css selector", "img")) >= 15
    assert len(opened.find_elements("css selector", "svg[role=img][aria-label]")) >= 6


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_background(opened: Any, scheme: str) -> None:
    feature = {"name": "prefers-color-scheme", "value": scheme}
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    colors = opened.execute_script(
        """
        const of = (selector, property) =>
          getComputedStyle(document.querySelector(selector))[property];
        return {background: of("body", "backgroundColor"), notice: of(".notice", "color"),
                noticeBackground: of(".notice", "backgroundColor"), text: of("body", "color"),
                soft: of(".lead", "color"), link: of("footer a", "color"),
                tick: of("svg text", "fill"), brand: of(".brand", "color")};
        """
    )
    background = colors.pop("background")
    assert (luminance(background) < 0.2) == (scheme == "dark")
    assert contrast(colors.pop("notice"), colors.pop("noticeBackground")) >= 4.5
    for name, color in colors.items():
        assert contrast(color, background) >= 4.5, name


def luminance(color: str) -> float:
    """Relative luminance of ``rgb(r, g, b)`` (WCAG 2.2)."""
    channels = np.array([int(value) for value in re.findall(r"\d+", color)[:3]]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_screen_is_too_narrow(opened: Any, width: int) -> None:
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 700}
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        assert opened.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


HIDDEN_SIDEWAYS = """
    return [...document.querySelectorAll(".scroll")].filter((one) => one.checkVisibility())
      .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.ariaLabel);
"""
CAPTIONS_CUT = """
    return [...document.querySelectorAll(".scroll caption span:first-child")]
      .filter((one) => one.getBoundingClientRect().right >
                       one.closest(".scroll").getBoundingClientRect().right + 1)
      .map((one) => one.textContent);
"""


def test_a_table_shows_all_its_columns_where_there_is_room_and_its_caption_anywhere(
    opened: Any,
) -> None:
    for width in (1280, 390):
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 700}
        opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        try:
            hidden = opened.execute_script(HIDDEN_SIDEWAYS)
            assert opened.execute_script(CAPTIONS_CUT) == []
        finally:
            opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        assert bool(hidden) == (width == 390), hidden


def test_the_keyboard_reaches_everything_in_reading_order(opened: Any) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    def press(key: str) -> Any:
        ActionChains(opened).send_keys(key).perform()
        return opened.switch_to.active_element

    assert press(Keys.TAB).text == "Skip to the content"
    assert press(Keys.TAB).text == "Summary"
    focused = [press(Keys.TAB) for _ in range(35)]
    opened.execute_script("document.querySelector('.filters button').focus()")
    focused += [press(Keys.TAB) for _ in range(20)]
    tops = [element.rect["y"] for element in focused if element.tag_name in ("div", "summary")]
    assert tops == sorted(tops)
    reached = {element.tag_name for element in focused}
    assert {"a", "div", "button", "select", "summary", "audio"} <= reached
    outline = opened.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    opened.refresh()
    press(Keys.TAB)
    assert press(Keys.ENTER).get_attribute("id") == "content"


def test_headings_and_tables_are_in_order_for_screen_readers(opened: Any) -> None:
    headings = opened.execute_script(
        "return [...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])"
    )
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))
    problems = opened.execute_script(
        """
        return [...document.querySelectorAll('table')].filter(t => !t.caption).length
             + document.querySelectorAll('th:not([scope])').length
             + document.querySelectorAll('img:not([alt]), img[alt=""]').length
             + [...document.querySelectorAll('[id]')].length
             - new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size;
        """
    )
    assert problems == 0
    roles = opened.execute_script(
        """
        const unnamed = (e) => !(e.labels?.length || e.getAttribute("aria-label")
                                 || e.textContent.trim());
        return {
          landmarks: ["header", "nav[aria-label]", "main", "footer", "html[lang=en]"]
            .filter((one) => document.querySelectorAll(one).length !== 1),
          unnamed: [...document.querySelectorAll("button, select, audio, [role=group]")]
            .filter(unnamed).length,
          skipped: [...document.querySelectorAll("[tabindex]")]
            .filter((one) => one.tabIndex > 0).length,
        };
        """
    )
    assert roles == {"landmarks": [], "unnamed": 0, "skipped": 0}


SORTED = """
    const table = document.querySelector("#detectors table");
    const headings = [...table.tHead.rows[0].cells];
    return {
      rows: [...table.tBodies[0].rows]
        .map((row) => row.cells[0].textContent.trim().split(/\\s/)[0]),
      order: Object.fromEntries(headings.filter((one) => one.ariaSort)
        .map((one) => [one.querySelector("button").textContent.trim(), one.ariaSort])),
      sortable: headings.filter((one) => one.querySelector("button")).length,
    };
"""


def test_a_leaderboard_is_sorted_by_the_heading_that_is_pressed(
    opened: Any, results: dict[str, Any]
) -> None:
    from selenium.webdriver.common.keys import Keys

    def ranked(metric: str, *, lowest_first: bool = False) -> list[str]:
        metrics = results["image_detection_metrics"]
        names = {"anogan": "AnoGAN", "pixel_neighbors": "kNN", "combined": "all"}
        by_value = sorted((metrics[f"{name}.{metric}"], word) for name, word in names.items())
        return [word for _, word in (by_value if lowest_first else by_value[::-1])]

    def heading(label: str) -> Any:
        (found,) = opened.find_elements(
            "xpath", f"(//*[@id='detectors']//table)[1]//th/button[.='{label}']"
        )
        return found

    before = opened.execute_script(SORTED)
    assert before["rows"] == ranked("auroc")
    assert before["order"] == {"AUROC": "descending"}
    assert before["sortable"] >= 7

    heading("AUROC").click()
    assert opened.execute_script(SORTED)["rows"] == ranked("auroc", lowest_first=True)
    assert opened.execute_script(SORTED)["order"] == {"AUROC": "ascending"}

    heading("AUPR").send_keys(Keys.ENTER)
    assert opened.execute_script(SORTED)["rows"] == ranked("aupr")
    assert opened.execute_script(SORTED)["order"] == {"AUPR": "descending"}
    assert opened.switch_to.active_element == heading("AUPR")

    heading("detector").send_keys(Keys.SPACE)
    names = opened.execute_script(SORTED)["rows"]
    assert names == sorted(names, key=str.lower)

    heading("over seeds").click()
    heading("over seeds").click()
    rows = opened.execute_script(SORTED)["rows"]
    assert rows[0] == "AnoGAN"  # the only one that was fitted more than once: none comes after


SHOWN = """
    const shown = (one) => one.offsetParent !== null;
    const parts = [...document.querySelectorAll(".example-group")].filter(shown);
    return {
      modalities: [...document.querySelectorAll(".modality-examples")].filter(shown)
        .map((one) => one.dataset.modality),
      detectors: [...document.querySelectorAll(".detector-examples")].filter(shown)
        .map((one) => one.dataset.detector),
      groups: [...new Set(parts.map((one) => one.dataset.group))],
      pressed: [...document.querySelectorAll(".filters [aria-pressed=true]")]
        .map((one) => one.dataset.value),
      said: document.querySelector(".filters [role=status]").textContent,
    };
"""


def test_examples_are_filtered_by_modality_group_and_detector(opened: Any) -> None:
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.select import Select

    def press(value: str) -> dict[str, Any]:
        opened.find_element("css selector", f".filters [data-value='{value}']").send_keys(
            Keys.SPACE
        )
        return dict(opened.execute_script(SHOWN))

    everything = opened.execute_script(SHOWN)
    assert everything["modalities"] == list(DETECTED)
    assert len(everything["detectors"]) == 2 * len(DETECTED)
    assert everything["groups"] == ["most_anomalous", "missed", "false_alarm"]
    total = len(opened.find_elements("css selector", ".example"))
    assert everything["said"] == f"{total} of {total} examples fit."

    missed = press("missed")
    assert missed["groups"] == ["missed"]
    assert missed["modalities"] == list(DETECTED)
    assert missed["pressed"] == ["", "missed"]
    assert 0 < int(missed["said"].split()[0]) < total

    last = list(DETECTED)[-1]
    alone = press(last)
    assert alone["modalities"] == [last]
    assert alone["pressed"] == [last, "missed"]

    select = Select(opened.find_element("id", "detector-filter"))
    select.select_by_value("images/pixel_neighbors")
    chosen = opened.execute_script(SHOWN)
    assert chosen["modalities"] == ["images"]
    assert chosen["detectors"] == ["images/pixel_neighbors"]
    assert chosen["pressed"] == ["images", "missed"]
    opened_part = opened.find_element("css selector", "[data-detector='images/pixel_neighbors']")
    assert opened_part.get_property("open")

    select.select_by_value("")
    for group in opened.find_elements("css selector", ".filters [data-value='']"):
        if group.tag_name == "button":
            group.click()
    assert opened.execute_script(SHOWN)["said"] == everything["said"]
    assert opened.get_log("browser") == []


def test_paper_shows_what_a_filter_hides_and_no_controls(opened: Any) -> None:
    opened.find_element("css selector", ".filters [data-value='missed']").click()
    displayed = """
        const style = (one) => getComputedStyle(document.querySelector(one)).display;
        return [style("[data-group=false_alarm]"), style(".filters")];
    """
    assert opened.execute_script(displayed) == ["none", "flex"]
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert opened.execute_script(displayed) == ["block", "none"]
    finally:
        opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_without_scripts_everything_is_there_to_read(
    browser: Any, report: str, tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    page.write_text(report, encoding="utf-8")
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(page.as_uri())
        assert not browser.find_element("css selector", ".filters").is_displayed()
        assert browser.find_elements("css selector", "th button") == []
        folded = browser.find_element("css selector", ".detector-examples:not([open])")
        inside = folded.find_element("css selector", ".example")
        visible = "return arguments[0].checkVisibility()"
        assert not browser.execute_script(visible, inside)
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        assert browser.execute_script(visible, inside)
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        folded.find_element("css selector", "summary").click()
        assert browser.execute_script(visible, inside)
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_published_copy_links_its_runs_and_nothing_else(
    browser: Any, report: str, tmp_path: Path
) -> None:
    for log in ("browser", "performance"):
        browser.get_log(log)
    page = tmp_path / "report.html"
    page.write_text(report, encoding="utf-8")
    copy = publish(page, PROVENANCE)
    assert copy is not None
    browser.get(copy.as_uri())
    runs = browser.find_element("id", "runs")
    assert f"Made at commit {PROVENANCE['commit']} with uncommitted changes." in runs.text
    rows = [row.text for row in runs.find_elements("css selector", "tbody tr")]
    assert rows == ["gan f00 ran", "</script> bad cached", "report b42 ran"]
    links = [link.get_attribute("href") for link in runs.find_elements("css selector", "a")]
    assert links == ["http://localhost:5000/#/r/f00"]
    assert browser.get_log("browser") == []
    assert requested(browser) == {browser.current_url}


def test_print_opens_what_is_folded_and_closes_it_again(opened: Any) -> None:
    before, during, after, folded = opened.execute_script(
        """
        const open = () => document.querySelectorAll("details[open]").length;
        const before = open();
        dispatchEvent(new Event("beforeprint"));
        const during = open();
        dispatchEvent(new Event("afterprint"));
        return [before, during, open(), document.querySelectorAll("details").length];
        """
    )
    assert during == folded > before
    assert after == before


def test_the_paper_is_white_in_a_dark_room(opened: Any) -> None:
    dark = {"name": "prefers-color-scheme", "value": "dark"}
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": [dark]})
    background = "return getComputedStyle(document.body).backgroundColor"
    try:
        assert opened.execute_script(background) == "rgb(255, 255, 255)"
    finally:
        opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
