"""How well does each image detector tell one of MNIST's digits from the nine others?

Ten runs for each detector and seed: it is fitted to training images of one digit, calibrated on
others of the same digit, and tested on the official test set. What has run is not run again. A
detector that draws nothing has the first seed alone.

    kizu run ingest_images --env mnist && kizu run images --env mnist
    python experiments/mnist-one-vs-rest/run.py --seeds 0 1 2

Results: a file a digit in results/<seed>/, and the table on the screen.
"""

import argparse
import sys
import time
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import yaml
from results import DIGITS, add_interval, add_to_digit, read_digit, read_intervals, seeds
from summary import cpu_minutes, interval_of_mean, table

from kizu.datasets.model import ModelDataset
from kizu.detection.combination import COMBINED, combined_p_values
from kizu.detection.conformal import conformal_p_values
from kizu.detection.images.anogan import AnoGan
from kizu.detection.images.f_anogan import FAnoGan
from kizu.detection.images.registry import IMAGE_DETECTORS
from kizu.detection.packing import build_detector
from kizu.detection.variants import reseeded
from kizu.evaluation.detection import auroc
from kizu.lineage.overlays import overlay
from kizu.lineage.parameter_types import discriminators
from kizu.lineage.project import Project
from kizu.models.gan import DISCRIMINATORS, GENERATORS
from kizu.models.serialization import unpack
from kizu.parameters import Parameters
from kizu.pipelines.detect_images.parameters import DetectImagesParameters

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FIRST_SEED = 0
EVERYTHING = 10**6
# Images to fit on, and every how many-th test image is scored; sized to an hour a seed on two
# cores.
SIZES = {
    "anogan": (EVERYTHING, 10),
    "diffusion_reconstruction": (EVERYTHING, 5),
    "patch_bank": (500, 5),
    "feature_neighbors": (1000, 5),
    "feature_gaussian": (1000, 5),
}
# Chosen before anything was scored on the test set: unlike each other, and cheap.
TOGETHER = ["gradient_neighbors", "pixel_neighbors", "autoencoder", "efficient_gan"]


def main() -> None:
    """Run what has not been run, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "data/mnist/05_model_input/images")
    parser.add_argument("--scores", type=Path, default=ROOT / "data/experiments/mnist-one-vs-rest")
    parser.add_argument("--digits", type=int, nargs="*", default=list(DIGITS))
    parser.add_argument("--detectors", nargs="*", default=list(IMAGE_DETECTORS))
    parser.add_argument("--seeds", type=int, nargs="*", default=[FIRST_SEED])
    options = parser.parse_args()
    torch.set_num_threads(1)
    images = np.load(options.data / "images.npy", mmap_mode="r")
    index = pd.read_parquet(options.data / "index.parquet")
    for seed in options.seeds:
        (options.scores / str(seed)).mkdir(parents=True, exist_ok=True)
        for name in options.detectors:
            measure_digits(name, seed, options.digits, images, index, options.scores)
        combine_digits(seed, options.digits, index, options.scores)
        for name in [*options.detectors, COMBINED]:
            sum_up(name, seed, index, options.scores)
    for seed in seeds():
        say(f"seed {seed}: {cpu_minutes(seed):.0f} minutes of CPU time")
    print(table())


def measure_digits(
    name: str,
    seed: int,
    digits: list[int],
    images: np.ndarray,
    index: pd.DataFrame,
    folder: Path,
) -> None:
    """Measure a detector on every digit on which it has not been measured."""
    own = parameters_of(name, seed)
    if own is None:
        return
    for digit in digits:
        if name not in read_digit(seed, digit):
            path = scores_of(folder, seed, digit, name)
            figures = measure(name, own, digit, images, index, path)
            add_to_digit(seed, digit, name, figures)
            say(f"seed {seed}, {digit} {name}: {figures}")


def combine_digits(seed: int, digits: list[int], index: pd.DataFrame, folder: Path) -> None:
    """Combine the detectors on every digit on which all of them have been measured."""
    for digit in digits:
        stored = [scores_of(folder, seed, digit, name) for name in TOGETHER]
        if COMBINED not in read_digit(seed, digit) and all(map(Path.exists, stored)):
            path = folder / str(seed) / f"{digit}-{COMBINED}.npz"
            add_to_digit(seed, digit, COMBINED, combine(digit, index, stored, path))


def sum_up(name: str, seed: int, index: pd.DataFrame, folder: Path) -> None:
    """Find the interval of a detector's mean if it has been measured on every digit."""
    stored = [folder / str(seed) / f"{digit}-{name}.npz" for digit in DIGITS]
    if name not in read_intervals(seed) and all(map(Path.exists, stored)):
        scores = np.stack([np.load(path)["test"] for path in stored])
        labels = index["label"].to_numpy()[tested(name, index)]
        add_interval(seed, name, interval_of_mean(labels, scores))


def parameters_of(name: str, seed: int) -> Parameters | None:
    """A detector's parameters under a seed; None where the seed has nothing to say to it."""
    own = parameters().of(name)
    return reseeded(own, seed) or (own if seed == FIRST_SEED else None)


def scores_of(folder: Path, seed: int, digit: int, name: str) -> Path:
    """Where a detector's scores are; those of one that draws nothing count for every seed."""
    drawing = reseeded(parameters().of(name), seed) is not None
    return folder / str(seed if drawing else FIRST_SEED) / f"{digit}-{name}.npz"


def measure(
    name: str,
    own: Parameters,
    digit: int,
    images: np.ndarray,
    index: pd.DataFrame,
    path: Path,
) -> dict[str, float]:
    """Fit one detector to one digit, keep its scores, and return its figures.

    f-AnoGAN inverts AnoGAN's generator of that digit and seed, if its scores are kept, and
    otherwise one of its own.
    """
    most, _ = SIZES.get(name, (EVERYTHING, 1))
    normal, split = index["class_name"].to_numpy() == str(digit), index["split"].to_numpy()
    fit = np.flatnonzero(normal & (split == "train"))[:most]
    calibrate, test = np.flatnonzero(normal & (split == "calibration")), tested(name, index)
    detector = build_detector(IMAGE_DETECTORS, name, own)
    began = time.process_time()
    gan = path.with_name(f"{digit}-gan")
    if isinstance(detector, FAnoGan) and gan.exists():
        packed: Any = ModelDataset(filepath=str(gan)).load()
        generator = unpack(packed, "generator", *GENERATORS)
        discriminator = unpack(packed, "discriminator", *DISCRIMINATORS)
        detector.fit_encoder(np.asarray(images[fit]), generator, discriminator)
    else:
        detector.fit(np.asarray(images[fit]))
    fitted = time.process_time()
    scores = detector.score(np.asarray(images[test]))
    scored = time.process_time()
    calibration = detector.score(np.asarray(images[calibrate]))
    np.savez(path, calibration=calibration, test=scores)
    if isinstance(detector, AnoGan):
        state = detector.state()
        networks = {"config": state["config"]["networks"], "tensors": state["tensors"]}
        ModelDataset(filepath=str(gan)).save(networks)
    return {
        "auroc": auroc(~normal[test], scores),
        **achieved(conformal_p_values(calibration, scores), normal[test]),
        "fit_images": len(fit),
        "calibration_images": len(calibrate),
        "test_images": len(test),
        "fit_seconds": round(fitted - began, 1),
        "score_milliseconds": round(1000 * (scored - fitted) / len(test), 3),
    }


def combine(digit: int, index: pd.DataFrame, stored: list[Path], path: Path) -> dict[str, float]:
    """Keep several detectors' p-values combined, and return the figures."""
    loaded = [np.load(own) for own in stored]
    calibration, test = (
        np.stack([scores[part] for scores in loaded], axis=1) for part in ("calibration", "test")
    )
    normal = (index["class_name"].to_numpy() == str(digit))[of_test(index)]
    p_values = combined_p_values(calibration, test)
    scores = -np.log(p_values)
    np.savez(path, test=scores)
    return {
        "auroc": auroc(~normal, scores),
        **achieved(p_values, normal),
        "test_images": len(test),
    }


def achieved(p_values: np.ndarray, normal: np.ndarray) -> dict[str, float]:
    """The share of normal images that is flagged at a target of a tenth."""
    return {"false_positive_rate_at_0.1": float((p_values[normal] <= 0.1).mean())}


def of_test(index: pd.DataFrame) -> np.ndarray:
    """The rows of the test set, mixed: every stride over them is a fair sample."""
    rows = np.flatnonzero(index["split"].to_numpy() == "test")
    return np.random.default_rng(0).permutation(rows)


def tested(name: str, index: pd.DataFrame) -> np.ndarray:
    """The rows of the test set that a detector scores."""
    _, stride = SIZES.get(name, (EVERYTHING, 1))
    return of_test(index)[::stride]


def parameters() -> DetectImagesParameters:
    """Of conf/base, conf/mnist and this study, the later before the earlier."""
    layers = [
        yaml.safe_load((ROOT / "conf" / env / "parameters_detect_images.yml").read_text())
        for env in ("base", "mnist")
    ]
    layers.append({"detect_images": yaml.safe_load((HERE / "parameters.yml").read_text())})
    choices = discriminators(Project.find(HERE))
    merged = reduce(lambda below, above: overlay(below, above, choices), layers)
    return DetectImagesParameters.model_validate(merged["detect_images"])


def say(text: str) -> None:
    """Tell how far the study is, beside the table on the standard output."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
