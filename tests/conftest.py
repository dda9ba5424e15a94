"""Fixtures for all tests: the project's own configuration and data, shrunk."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import hypothesis
import numpy as np
import pandas as pd
import pytest
import yaml

PROJECT = Path(__file__).parents[1]
_DIGITS_A_CLASS = 24

# The same examples in every run, and none of them is timed: a busy machine is no failure.
hypothesis.settings.register_profile("kizu", deadline=None, derandomize=True)
hypothesis.settings.load_profile("kizu")


class ImageSet(NamedTuple):
    """What the stage `images` hands on.

    Attributes:
        images: uint8 (N, 1, 16, 16), read-only.
        index: id, source, label, class_name, split; N rows.
    """

    images: np.ndarray
    index: pd.DataFrame


@pytest.fixture(autouse=True)
def _no_background_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a run's record from being sent by a process that outlives its test."""
    monkeypatch.setenv("KIZU_SYNC", "manual")


@pytest.fixture(scope="session")
def shrunk_parameters() -> dict[str, Any]:
    """The parameters of every stage as in conf/base, with tests/shrunk_parameters.yml over them."""
    parameters: dict[str, Any] = {}
    for file in sorted((PROJECT / "conf" / "base").glob("parameters*.yml")):
        parameters |= yaml.safe_load(file.read_text())
    changes = yaml.safe_load((PROJECT / "tests" / "shrunk_parameters.yml").read_text()) or {}
    return _overlay(parameters, changes)


@pytest.fixture(scope="session")
def small_digits(shrunk_parameters: dict[str, Any]) -> ImageSet:
    """The first 24 digits of each class, prepared and split as the stage `images` does it.

    Every class has 12 images to train, 6 to calibrate and 6 to test.
    """
    from kizu.pipelines.images.nodes import prepare_images, split_images
    from kizu.pipelines.images.parameters import ImagesParameters
    from kizu.sources.digits import read_digits

    seen = Counter[str]()
    contents, rows = {}, []
    for digit in read_digits():
        seen[digit.label] += 1
        if seen[digit.label] <= _DIGITS_A_CLASS:
            contents[digit.path] = digit.content
            rows.append(
                {"id": digit.id, "path": digit.path, "label": digit.label, "split": digit.split}
            )
    parameters = ImagesParameters(**shrunk_parameters["images"])
    manifest = pd.DataFrame(rows)
    images = np.asarray(prepare_images(contents, manifest, parameters))
    images.flags.writeable = False
    return ImageSet(images, split_images(images, manifest, parameters))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser without a window, that logs what it complains about and what it asks for."""
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


def _overlay(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in changes.items():
        old = base.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        result[key] = _overlay(old, value) if both else value
    return result
