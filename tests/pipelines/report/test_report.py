"""The report on made-up results: what it says, and its bytes."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from kizu.pipelines.report.detection import DETECTED

Make = Callable[[dict[str, Any]], str]


def test_the_page_has_every_chapter_in_order(report: str) -> None:
    titles = re.findall(r"<h2[^>]*>([^<]*)</h2>", report)
    assert titles == [
        "Summary",
        "Leaderboards",
        "Calibration",
        "Scores",
        "Examples",
        "Training",
        "Classifier",
        "Samples",
        "Fidelity",
        "Quality against cost",
        "Data: images",
        "Data: audio",
        "Data: tables",
        "Data: text",
        "Gallery: images",
        "Gallery: sounds",
        "Gallery: tables",
        "Gallery: texts",
        "Gallery: augmentations",
        "Provenance",
    ]
    assert re.findall(r'href="#([^"]+)"', report)[1:21] == re.findall(
        r'<section id="([^"]+)"', report
    )


def test_the_page_says_what_the_numbers_say(report: str, results: dict[str, Any]) -> None:
    metrics = results["image_detection_metrics"]
    for key in ("anogan.auroc", "anogan.auroc_low", "pixel_neighbors.aupr", "anogan.f1"):
        assert f"{metrics[key]:.3f}" in report
    assert f"{100 * metrics['anogan.false_positive_rate']:.1f}%" in report
    assert "97.5%" in report
    assert "Images by class and split" in report
    assert "nested.rate" in report


def test_every_modality_has_a_leaderboard_and_examples_in_its_own_form(report: str) -> None:
    for modality in DETECTED:
        assert f"Detectors of {modality} by area under the ROC curve" in report
        assert f'data-detector="{modality}/anogan"' in report
    assert report.count("✓ beaten") == len(DETECTED)
    assert report.count('src="data:audio/flac;base64,') == report.count("<audio") >= 6
    assert "a &lt;note&gt;" in report
    assert "&lt;stalled&gt;" in report
    assert '<p class="line-before">' in report


def test_every_modality_shows_its_operations_and_says_what_is_synthetic(report: str) -> None:
    for modality in ("image", "audio", "table", "text"):
        assert f"Left is right in {modality}." in report
        assert f"Made-up {modality} data" in report
    assert report.count("Synthetic.") == 4


def test_the_same_results_give_the_same_bytes(
    report: str, results: dict[str, Any], make_report: Make
) -> None:
    assert make_report(results) == report


def test_text_from_outside_is_escaped(report: str) -> None:
    assert "Test &amp; report" in report
    assert "&lt;b&gt;.png" in report
    assert "<b>" not in report


def test_nothing_is_asked_of_a_network(report: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', report)
    assert policy is not None
    assert policy[1].startswith("default-src &#39;none&#39;; img-src data:; media-src data:;")
    assert "unsafe" not in policy[1]
    assert set(re.findall(r'(?:src|href)="(#|data:|[^"]{6})', report)) == {"#", "data:"}
    assert "url(" not in report
    assert "@import" not in report


EMPTY: dict[str, Any] = {
    "image_rejects": pd.DataFrame(columns=["file", "reason"]),
    "image_examples": pd.DataFrame(
        columns=["detector", "group", "rank", "id", "row", "alike", "reconstructed"]
    ),
    "image_reconstructions": np.zeros((0, 1, 16, 16), np.uint8),
    "image_explanations": np.zeros((0, 16, 16), np.float32),
    "classifier_history": [],
    "gan_history": [{"step": 1, "generator_loss": float("nan")}],
    "detect_images_history": [],
    "classifier_metrics": {},
    "generator_metrics": {},
    "diffusion_fidelity": {},
    "generator_history": [],
    **{f"{prefix}_detection_metrics": {} for prefix in DETECTED.values()},
}


def test_what_is_empty_is_said_to_be_so(results: dict[str, Any], make_report: Make) -> None:
    columns = results["image_anomaly_scores"].columns
    page = make_report(results | EMPTY | {"image_anomaly_scores": pd.DataFrame(columns=columns)})
    for sentence in (
        "Nothing was measured.",
        "none was left out",
        "Classifier: no step was logged.",
        "GAN: no step was logged.",
        "GAN: nothing was measured.",
        "Diffusion model: nothing was measured.",
        "Images: no detector was evaluated.",
        "Images: no threshold was set.",
        "Images: there are no test scores.",
        "Images: no detector explained its scores.",
        "Tables: no detector was evaluated.",
        "Text: no detector explained its scores.",
    ):
        assert sentence in page


def test_a_metric_that_is_missing_leaves_a_dash(results: dict[str, Any], make_report: Make) -> None:
    few = {"anogan.auroc": 0.9, "pixel_neighbors.auroc": 0.8}
    page = make_report(results | {"image_detection_metrics": few})
    assert "0.900" in page
    assert "–" in page
