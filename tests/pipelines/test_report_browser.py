"""The report in a real browser."""

import base64
import json
import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.browser


def published(report: str) -> str:
    """The page as tracking publishes it: the empty record filled."""
    record = {
        "commit": "0123456789abcdef0123456789abcdef01234567",
        "dirty": True,
        "repository": "https://example.org/kizu",
        "runs": [
            {"stage": "gan", "run_id": "f00", "url": "http://localhost:5000/#/r/f00"},
            {"stage": "<i>x", "run_id": "bad", "url": "javascript:alert(1)", "status": "ran"},
        ],
    }
    empty = '<script type="application/json" id="provenance">{}</script>'
    assert report.count(empty) == 1
    filled = json.dumps(record).replace("<", "\\u003c")
    return report.replace(empty, empty.replace("{}", filled))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if binary is None or driver is None:
        pytest.skip("chromium and chromedriver are not installed")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield chrome
    chrome.quit()


@pytest.fixture
def opened(browser: Any, report: str, tmp_path: Path) -> Any:
    """The browser on the page, its logs empty before."""
    for log in ("browser", "performance"):
        browser.get_log(log)
    return open_page(browser, report, tmp_path)


def open_page(browser: Any, page: str, folder: Path) -> Any:
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8")
    browser.get(path.as_uri())
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


def test_the_keyboard_reaches_everything_in_reading_order(opened: Any) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    def press(key: str) -> Any:
        ActionChains(opened).send_keys(key).perform()
        return opened.switch_to.active_element

    assert press(Keys.TAB).text == "Skip to the content"
    assert press(Keys.TAB).text == "Summary"
    focused = [press(Keys.TAB) for _ in range(30)]
    tops = [element.rect["y"] for element in focused if element.tag_name in ("div", "summary")]
    assert tops == sorted(tops)
    assert {"a", "div", "summary"} <= {element.tag_name for element in focused}
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


def test_a_published_copy_links_its_runs_and_nothing_else(
    browser: Any, report: str, tmp_path: Path
) -> None:
    for log in ("browser", "performance"):
        browser.get_log(log)
    open_page(browser, published(report), tmp_path)
    runs = browser.find_element("id", "runs")
    assert "0123456789abcdef0123456789abcdef01234567 with uncommitted changes" in runs.text
    assert "<i>x" in runs.text
    links = [link.get_attribute("href") for link in runs.find_elements("css selector", "a")]
    assert links == [
        "https://example.org/kizu/commit/0123456789abcdef0123456789abcdef01234567",
        "http://localhost:5000/#/r/f00",
    ]
    assert browser.get_log("browser") == []
    assert requested(browser) == {browser.current_url}


def test_the_page_prints_in_full(opened: Any) -> None:
    pdf = opened.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"]
    assert base64.b64decode(pdf).startswith(b"%PDF")
    closed = opened.execute_script("return document.querySelectorAll('details[open]').length")
    assert closed == 0
