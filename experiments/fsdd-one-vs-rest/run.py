"""Is a spoken digit recognized as another than the one that is known? FSDD, one against the rest.

Each of the ten digits is the normal class once. The stage `detect_audio` of the profile `fsdd` is
run on it as it is: fitted on the digit's training clips, calibrated on others of it, and tested on
the official test split, the first five takes of every digit and speaker. Beside the rate of false
alarms of the calibrated threshold stands that of a naive one: the quantile of the scores of the
very clips that the detector was fitted on.

    kizu run ingest_audio --env fsdd && kizu run audio --env fsdd
    python experiments/fsdd-one-vs-rest/run.py

Results: results.json beside this file, and the table on the screen.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from kizu.detection.audio.registry import AUDIO_DETECTORS
from kizu.detection.combination import COMBINED
from kizu.detection.packing import unpack_detectors
from kizu.evaluation.detection import auroc
from kizu.lineage.configuration import config_loader
from kizu.lineage.project import Project
from kizu.pipelines.detect_audio.nodes import AUDIO
from kizu.pipelines.detect_audio.parameters import DetectAudioParameters
from kizu.pipelines.detecting import divide
from kizu.pipelines.detecting_fits import fit_detectors
from kizu.pipelines.detecting_scores import score_items

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RESULTS = HERE / "results.json"
PROFILE = "fsdd"
DIGITS = [str(digit) for digit in range(10)]


def main() -> None:
    """Take every digit for normal once, and write what was measured."""
    parser = argparse.ArgumentParser(description="FSDD, one digit against the rest.")
    parser.add_argument("--data", type=Path, default=ROOT / "data" / PROFILE)
    options = parser.parse_args()
    torch.set_num_threads(1)
    folder = options.data / "05_model_input" / "audio"
    features, index = np.load(folder / "features.npy"), pd.read_parquet(folder / "index.parquet")
    asked = config_loader(Project.at(ROOT), PROFILE)["parameters"]["detect_audio"]
    rows: list[dict[str, Any]] = []
    for digit in DIGITS:
        own = DetectAudioParameters(**{**asked, "normal_classes": [digit]})
        began = time.process_time()
        rows += measure(features, index, own)
        seconds = time.process_time() - began
        print(f"digit {digit}: {seconds:.0f} s", file=sys.stderr, flush=True)
        RESULTS.write_text(json.dumps(rows, indent=2) + "\n")
    print(table(rows))


def measure(
    features: np.ndarray, index: pd.DataFrame, own: DetectAudioParameters
) -> list[dict[str, Any]]:
    """Fit every detector to one digit, and return a row each of what it achieves."""
    (digit,) = own.normal_classes
    with tempfile.TemporaryDirectory() as checkpoints:
        artifact, estimators, _ = fit_detectors(AUDIO, features, index, own, Path(checkpoints))
    scored = score_items(AUDIO, features, index, artifact, estimators, own)
    detectors = unpack_detectors(AUDIO_DETECTORS, artifact, estimators)
    fitted_on = features[divide(index, own).fit]
    rate = own.false_positive_rates[0]
    rows = []
    for name, clips in scored.groupby("detector", sort=False):
        test = clips[clips["split"] == "test"]
        normal = test[test["is_anomaly"] == 0]
        row = {
            "digit": digit,
            "detector": name,
            "auroc": auroc(test["is_anomaly"], test["score"]),
            "target": rate,
            "calibrated": float(normal["flag"].mean()),
            "detected": float(test.loc[test["is_anomaly"] == 1, "flag"].mean()),
        }
        if name != COMBINED:
            naive = np.quantile(detectors[name].score(fitted_on), 1 - rate)
            row["naive"] = float((normal["score"] > naive).mean())
        rows.append(row)
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """The results as Markdown: means over the digits, and the worst digit."""
    frame = pd.DataFrame(rows)
    lines = [
        "| detector | AUROC, mean | worst digit | flagged normal, calibrated | naive | "
        "flagged other digits |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, own in frame.groupby("detector", sort=False):
        worst = own.loc[own["auroc"].idxmin()]
        naive = f"{own['naive'].mean():.1%}" if own["naive"].notna().all() else ""
        lines.append(
            f"| {name} | {own['auroc'].mean():.4f} | {worst['auroc']:.3f} ({worst['digit']}) "
            f"| {own['calibrated'].mean():.1%} | {naive} | {own['detected'].mean():.1%} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
