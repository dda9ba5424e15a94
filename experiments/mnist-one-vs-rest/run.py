"""How well does each image detector tell one of MNIST's digits from the nine others?

Ten runs for each detector: it is fitted to training images of one digit, calibrated on others of
the same digit, and tested on the official test set. What has run is not run again.

    kizu run ingest_images --env mnist && kizu run images --env mnist
    python experiments/mnist-one-vs-rest/run.py

Results: a file a digit in results/, and the table on the screen.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import yaml
from omegaconf import OmegaConf

from kizu.detection.combination import COMBINED, combined_p_values
from kizu.detection.conformal import conformal_p_values
from kizu.detection.images.anogan import AnoGan
from kizu.detection.images.f_anogan import FAnoGan
from kizu.detection.images.registry import IMAGE_DETECTORS
from kizu.detection.packing import build_detector
from kizu.evaluation.detection import auroc
from kizu.models.gan import DISCRIMINATORS, GENERATORS
from kizu.models.serialization import Artifact, unpack
from kizu.pipelines.detect_images.parameters import DetectImagesParameters

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RESULTS = HERE / "results"
DIGITS = range(10)
EVERYTHING = 10**6
# Images to fit on, and every how many-th test image is scored; sized to an hour on four cores.
SIZES = {
    "anogan": (EVERYTHING, 20),
    "diffusion_reconstruction": (EVERYTHING, 10),
    "patch_bank": (500, 5),
    "feature_neighbors": (1000, 5),
    "feature_gaussian": (1000, 5),
}
# Chosen before anything was scored on the test set: unlike each other, and cheap.
TOGETHER = ["gradient_neighbors", "pixel_neighbors", "autoencoder", "efficient_gan"]
PUBLISHED = {"raw-pixel kNN": 0.954, "Deep SVDD": 0.948, "AnoGAN": 0.913}


def main() -> None:
    """Run what has not been run, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "data/mnist/05_model_input/images")
    parser.add_argument("--scores", type=Path, default=ROOT / "data/experiments/mnist-one-vs-rest")
    parser.add_argument("--digits", type=int, nargs="*", default=list(DIGITS))
    parser.add_argument("--detectors", nargs="*", default=list(IMAGE_DETECTORS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.scores.mkdir(parents=True, exist_ok=True)
    images = np.load(options.data / "images.npy", mmap_mode="r")
    index = pd.read_parquet(options.data / "index.parquet")
    gans: dict[int, AnoGan] = {}
    for name in options.detectors:
        for digit in options.digits:
            rows = read(digit)
            if name not in rows:
                rows[name] = measure(name, digit, images, index, options.scores, gans)
                # Another process may have written meanwhile.
                write(digit, read(digit) | {name: rows[name]})
                say(f"{digit} {name}: {rows[name]}")
    for digit in options.digits:
        rows = read(digit)
        if COMBINED not in rows and all(name in rows for name in TOGETHER):
            write(digit, {**rows, COMBINED: combine(digit, index, options.scores)})
    print(table({digit: read(digit) for digit in DIGITS}))


def measure(
    name: str,
    digit: int,
    images: np.ndarray,
    index: pd.DataFrame,
    folder: Path,
    gans: dict[int, AnoGan],
) -> dict[str, float]:
    """Fit one detector to one digit, and return its figures.

    f-AnoGAN inverts AnoGAN's generator of that digit if it was fitted in this run, and otherwise
    one of its own.
    """
    most, stride = SIZES.get(name, (EVERYTHING, 1))
    own, split = index["class_name"].to_numpy() == str(digit), index["split"].to_numpy()
    fit = np.flatnonzero(own & (split == "train"))[:most]
    calibrate, test = np.flatnonzero(own & (split == "calibration")), of_test(index)[::stride]
    detector = build_detector(IMAGE_DETECTORS, name, parameters().of(name))
    began = time.process_time()
    if isinstance(detector, FAnoGan) and digit in gans:
        state = gans[digit].state()
        packed: Artifact = {"config": state["config"]["networks"], "tensors": state["tensors"]}
        generator = unpack(packed, "generator", *GENERATORS)
        discriminator = unpack(packed, "discriminator", *DISCRIMINATORS)
        detector.fit_encoder(np.asarray(images[fit]), generator, discriminator)
    else:
        detector.fit(np.asarray(images[fit]))
    if isinstance(detector, AnoGan):
        gans[digit] = detector
    fitted = time.process_time()
    scores = detector.score(np.asarray(images[test]))
    scored = time.process_time()
    calibration = detector.score(np.asarray(images[calibrate]))
    np.savez(folder / f"{digit}-{name}.npz", calibration=calibration, test=scores)
    return {
        "auroc": auroc(~own[test], scores),
        **achieved(conformal_p_values(calibration, scores), own[test]),
        "fit_images": len(fit),
        "test_images": len(test),
        "fit_seconds": round(fitted - began, 1),
        "score_milliseconds": round(1000 * (scored - fitted) / len(test), 3),
    }


def combine(digit: int, index: pd.DataFrame, folder: Path) -> dict[str, float]:
    """The figures of several detectors' p-values combined."""
    stored = [np.load(folder / f"{digit}-{name}.npz") for name in TOGETHER]
    calibration, test = (
        np.stack([scores[part] for scores in stored], axis=1) for part in ("calibration", "test")
    )
    own = (index["class_name"].to_numpy() == str(digit))[of_test(index)]
    p_values = combined_p_values(calibration, test)
    return {
        "auroc": auroc(~own, -np.log(p_values)),
        **achieved(p_values, own),
        "test_images": len(test),
    }


def achieved(p_values: np.ndarray, normal: np.ndarray) -> dict[str, float]:
    """The share of normal images that is flagged at a target of a tenth."""
    return {"false_positive_rate_at_0.1": float((p_values[normal] <= 0.1).mean())}


def of_test(index: pd.DataFrame) -> np.ndarray:
    """The rows of the test set, mixed: every stride over them is a fair sample."""
    rows = np.flatnonzero(index["split"].to_numpy() == "test")
    return np.random.default_rng(0).permutation(rows)


def parameters() -> DetectImagesParameters:
    """Of conf/base, conf/mnist and this study, the later before the earlier."""
    stages = [
        yaml.safe_load((ROOT / "conf" / env / "parameters_detect_images.yml").read_text())
        for env in ("base", "mnist")
    ]
    own = {"detect_images": yaml.safe_load((HERE / "parameters.yml").read_text())}
    merged: Any = OmegaConf.to_container(OmegaConf.merge(*stages, own))
    return DetectImagesParameters.model_validate(merged["detect_images"])


def read(digit: int) -> dict[str, Any]:
    """What has been measured of a digit, by detector."""
    path = RESULTS / f"{digit}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def write(digit: int, rows: dict[str, Any]) -> None:
    """Keep what has been measured of a digit."""
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(rows, indent=2, sort_keys=True) + "\n"
    (RESULTS / f"{digit}.json").write_text(text)


def table(results: dict[int, dict[str, Any]]) -> str:
    """AUROC of every detector and digit as Markdown, in percent; the best mean first."""
    names = {name for rows in results.values() for name in rows}
    lines = [
        f"| | {' | '.join(map(str, results))} | mean | flagged | fit, CPU s | ms an image |",
        "|---|" + "---:|" * (len(results) + 4),
    ]

    def cells(name: str, key: str) -> list[float]:
        return [rows[name][key] for rows in results.values() if key in rows.get(name, {})]

    for name in sorted(names, key=lambda name: -np.mean(cells(name, "auroc"))):
        found = [
            f"{100 * rows[name]['auroc']:.1f}" if name in rows else "" for rows in results.values()
        ]
        complete = all(name in rows for rows in results.values())
        mean = f"**{100 * np.mean(cells(name, 'auroc')):.1f}**" if complete else ""
        flagged = f"{100 * np.mean(cells(name, 'false_positive_rate_at_0.1')):.1f}%"
        costs = [
            f"{np.mean(values):.{digits}f}" if (values := cells(name, key)) else ""
            for key, digits in (("fit_seconds", 0), ("score_milliseconds", 1))
        ]
        lines.append(f"| {' | '.join([name, *found, mean, flagged, *costs])} |")
    for name, value in PUBLISHED.items():
        lines.append(f"| {name}, as published | {' | ' * len(results)}{100 * value:.1f} | | | |")
    return "\n".join(lines)


def say(text: str) -> None:
    """Tell how far the study is, beside the table on the standard output."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
