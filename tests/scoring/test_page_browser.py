"""The page of new scores in a real browser, from a file."""

import json
import shutil
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from kizu.scoring.card import MODALITIES
from kizu.scoring.score_path import score_path

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pages(train, tmp_path_factory) -> dict[str, Any]:
    """The folder that scoring has written for each modality, with a reject in it."""
    made = {}
    for modality in MODALITIES:
        folder = tmp_path_factory.mktemp(modality)
        source = shutil.copytree(train(modality).source, folder / "source")
        (source / "broken.bin").write_bytes(b"broken")
        score_path(train(modality).scorer, source, folder / "out")
        made[modality] = folder / "out"
    return made


@pytest.fixture(params=MODALITIES)
def opened(request, browser: Any, pages: dict[str, Any]) -> tuple[Any, pd.DataFrame]:
    """The browser on a page, its logs empty before, and the rows that were scored."""
    for log in ("browser", "performance"):
        browser.get_log(log)
    folder = pages[request.param]
    browser.get((folder / "report.html").as_uri())
    return browser, pd.read_parquet(folder / "scores.parquet")


def test_it_works_from_a_file_and_asks_for_nothing(opened):
    browser, scores = opened
    assert browser.current_url.startswith("file://")
    assert browser.title.startswith(f"Scores of {len(scores):,} ")
    assert browser.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    }
    assert {address for address in asked if not address.startswith("data:")} == {
        browser.current_url
    }
    broken = "return [...document.images].filter(i => !i.complete || !i.naturalWidth).length"
    assert browser.execute_script(broken) == 0
    text = browser.find_element("id", "rejects").text
    assert "broken.bin has the extension '.bin'" in text


def test_a_sound_can_be_played(opened):
    browser, _ = opened
    sounds = browser.find_elements("css selector", "audio")
    if "sound" not in browser.title:
        assert sounds == []
        return
    seconds = browser.execute_async_script(
        """
        const [sound, done] = arguments;
        sound.addEventListener("loadedmetadata", () => done(sound.duration));
        sound.addEventListener("error", () => done(null));
        sound.load();
        """,
        sounds[0],
    )
    assert seconds == pytest.approx(1.0, abs=0.01)


SORTED = """
    const table = arguments[0];
    return [...table.tBodies[0].rows].map((row) => [...row.cells].map((c) => c.textContent.trim()));
"""


def test_what_is_flagged_is_sorted_by_the_heading_that_is_pressed(opened):
    from selenium.webdriver.common.keys import Keys

    browser, scores = opened
    for folded in browser.find_elements("css selector", "#flagged > details"):
        folded.find_element("css selector", "summary").send_keys(Keys.ENTER)
    (table,) = browser.find_elements("css selector", "#flagged .scroll > table")
    flagged = scores[scores["flag"]].sort_values("combined.p_value", kind="stable")
    where = flagged["file"]
    if "row" in flagged:
        where = where + ":" + flagged["row"].astype(str)
    rows = browser.execute_script(SORTED, table)
    assert [row[0] for row in rows] == where.head(100).tolist()
    assert [row[4] for row in rows] == flagged["explanation"].head(100).tolist()

    headings = {one.text: one for one in table.find_elements("css selector", "th button")}
    name = next(iter(headings))
    headings[name].send_keys(Keys.SPACE)
    names = [row[0] for row in browser.execute_script(SORTED, table)]
    assert names == sorted(names, key=str.lower)
    headings["flagged by"].click()
    counts = [int(row[2].split()[0]) for row in browser.execute_script(SORTED, table)]
    assert counts == sorted(counts, reverse=True)
    assert browser.switch_to.active_element == headings["flagged by"]


def test_examples_are_filtered_by_the_detector_that_explains_them(opened):
    from selenium.webdriver.support.select import Select

    browser, _ = opened
    count = "return [...document.querySelectorAll('.example')].filter(e => e.checkVisibility())"
    everything = len(browser.execute_script(count))
    assert 0 < everything <= 24
    # One modality and one group need no buttons.
    assert browser.find_elements("css selector", ".filters button") == []
    select = Select(browser.find_element("id", "detector-filter"))
    keys = [one.get_attribute("value") for one in select.options][1:]
    shown = []
    for key in keys:
        select.select_by_value(key)
        shown.append(len(browser.execute_script(count)))
        status = browser.find_element("css selector", ".filters [role=status]").text
        assert status == f"{shown[-1]} of {everything} examples fit."
    assert sum(shown) == everything
    assert min(shown) > 0
    select.select_by_value("")
    assert len(browser.execute_script(count)) == everything


def test_the_keyboard_reaches_everything_and_headings_are_in_order(opened):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    browser, _ = opened

    def press(key: str) -> Any:
        ActionChains(browser).send_keys(key).perform()
        return browser.switch_to.active_element

    assert press(Keys.TAB).text == "Skip to the content"
    reached = {press(Keys.TAB).tag_name for _ in range(40)}
    assert {"a", "select", "summary"} <= reached
    levels = browser.execute_script(
        "return [...document.querySelectorAll('h1,h2,h3,h4')].map((one) => +one.tagName[1])"
    )
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    problems = browser.execute_script(
        """
        return [...document.querySelectorAll('table')].filter(t => !t.caption).length
             + document.querySelectorAll('th:not([scope]), img:not([alt]), img[alt=""]').length
             + [...document.querySelectorAll('audio')].filter(a => !a.ariaLabel).length;
        """
    )
    assert problems == 0


@pytest.mark.parametrize("width", [320, 768])
def test_no_screen_is_too_narrow(opened, width):
    browser, _ = opened
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 700}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
