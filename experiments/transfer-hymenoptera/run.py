"""Does transfer beat training from scratch, with a backbone that this pipeline trained itself?

A ResNet-18 learns a part of CIFAR-10. Then, for several seeds, ants are told from bees in three
ways: from scratch, from the pretrained weights with all layers learning, and with the pretrained
features frozen. All go through the stage `classifier` as it is. What has run is not run again.

    python experiments/transfer-hymenoptera/run.py

Data: CIFAR-10 and hymenoptera are downloaded, or taken from KIZU_DATA_MIRROR.
Results: results.json beside this file, and the table on the screen.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import yaml
from safetensors.numpy import save_file
from scipy import stats

from kizu.pipelines.classifier.nodes import evaluate_classifier, train_classifier
from kizu.pipelines.classifier.parameters import ClassifierParameters
from kizu.pipelines.images.nodes import prepare_images, split_images
from kizu.pipelines.images.parameters import ImagesParameters
from kizu.sources.cifar10 import open_cifar10
from kizu.sources.files import MadeFile, Reject, SourceFile
from kizu.sources.hymenoptera import open_hymenoptera

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
SIZE = 32
PRETRAINING_IMAGES_A_CLASS = 1500
PRETRAINING_STEPS = 280
STEPS = 100
EVALUATIONS = 10
SEEDS = range(8)
SCRATCH, TUNED, FROZEN = "from scratch", "pretrained, all layers learn", "pretrained, frozen"
RATES = {
    SCRATCH: {"features": 0.001, "classifier": 0.001, "head": 0.001},
    TUNED: {"features": 0.0003, "classifier": 0.0003, "head": 0.001},
    FROZEN: {"features": 0.0, "classifier": 0.0, "head": 0.003},
}


def main() -> None:
    """Pretrain once, train every way with every seed, and write what was measured."""
    parser = argparse.ArgumentParser(description="Transfer against training from scratch.")
    parser.add_argument("--weights", type=Path, help="keep the pretrained weights in this file")
    torch.set_num_threads(1)
    insects = load(
        open_hymenoptera().items,
        [{"resize_short_side": {"size": SIZE}}, {"center_crop": {"height": SIZE, "width": SIZE}}],
        calibration=0.25,
    )
    rows: list[dict[str, Any]] = json.loads(RESULTS.read_text())["runs"] if RESULTS.exists() else []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        weights = parser.parse_args().weights or folder / "model.safetensors"
        if weights.exists():
            pretraining = json.loads(RESULTS.read_text())["pretraining"]
        else:
            pretraining = pretrain(weights, folder)
        say(f"pretrained: {pretraining}")
        for seed, (way, rates) in product(SEEDS, RATES.items()):
            if any(row["way"] == way and row["seed"] == seed for row in rows):
                continue
            began = time.process_time()
            own = parameters(
                pretrained=None if way == SCRATCH else str(weights),
                rates=rates,
                steps=STEPS,
                seed=seed,
            )
            accuracy = measure(insects, own, folder / f"{way} {seed}")[0]
            seconds = round(time.process_time() - began, 1)
            rows.append({"way": way, "seed": seed, "accuracy": accuracy, "seconds": seconds})
            RESULTS.write_text(
                json.dumps({"pretraining": pretraining, "runs": rows}, indent=2) + "\n"
            )
            say(f"{way}, seed {seed}: {accuracy:.3f} in {seconds:.0f} s")
    print(table(rows))


def pretrain(weights: Path, folder: Path) -> dict[str, float]:
    """Train on a part of CIFAR-10, save the weights, and return how well it went."""
    photos = load(
        some_of_each(open_cifar10().items, PRETRAINING_IMAGES_A_CLASS),
        [{"resize": {"height": 32, "width": 32}}],
        calibration=0.05,
    )
    rates = {"features": 0.002, "classifier": 0.002, "head": 0.002}
    own = parameters(pretrained=None, rates=rates, steps=PRETRAINING_STEPS, seed=0, batch_size=128)
    began = time.process_time()
    accuracy, model = measure(photos, own, folder / "cifar10")
    save_file(model["tensors"], weights)
    return {"test.accuracy": accuracy, "seconds": round(time.process_time() - began)}


def parameters(
    *, pretrained: str | None, rates: dict[str, float], steps: int, seed: int, batch_size: int = 32
) -> ClassifierParameters:
    """The stage's parameters: a ResNet-18 with random crops and flips, stopped early."""
    base = yaml.safe_load((HERE.parents[1] / "conf/base/parameters_classifier.yml").read_text())
    own = base["classifier"]
    own["model"] = {"architecture": "resnet18", "pretrained": pretrained, "transformer": None}
    own |= {"learning_rates": rates, "warmup_steps": steps // 10, "patience": EVALUATIONS}
    own["augmentation"] |= {"crop_scale": [0.5, 1.0], "mirror": True, "shift": 0}
    own["training"] |= {
        "steps": steps,
        "batch_size": batch_size,
        "seed": seed,
        "device": "cpu",
        "precision": "bfloat16",
        "channels_last": True,
        "log_every": steps // EVALUATIONS,
        "evaluate_every": steps // EVALUATIONS,
        "checkpoint_every": steps,
    }
    return ClassifierParameters(**own)


def measure(
    data: tuple[np.ndarray, pd.DataFrame], own: ClassifierParameters, checkpoints: Path
) -> tuple[float, dict[str, Any]]:
    """Train, and return the accuracy on the test split and the model."""
    model, _ = train_classifier(*data, own, checkpoints)
    metrics, *_ = evaluate_classifier(*data, model, own)
    return metrics["test.accuracy"], model


def load(
    items: Iterable[SourceFile | MadeFile | Reject], steps: list[Any], *, calibration: float
) -> tuple[np.ndarray, pd.DataFrame]:
    """Images and index, as the stage `images` makes them; the source's test split is kept."""
    shares = {"train": 0.9 * (1 - calibration), "calibration": 0.9 * calibration, "test": 0.1}
    files = [item for item in items if not isinstance(item, Reject)]
    manifest = pd.DataFrame(
        [{k: getattr(f, k) for k in ("id", "path", "label", "split")} for f in files]
    )
    contents = {f.path: f.make() if isinstance(f, MadeFile) else f.content for f in files}
    own = ImagesParameters(
        channels="rgb",
        steps=steps,
        gallery_sample="first",
        split={**shares, "official": True},
        seed=0,
    )
    images = np.asarray(prepare_images(contents, manifest, own))
    return images, split_images(images, manifest, own)


def some_of_each(
    items: Iterable[SourceFile | MadeFile | Reject], count: int
) -> list[SourceFile | MadeFile]:
    """The first images of each class, and a fifth as many to test."""
    seen = Counter[tuple[str, str]]()
    chosen = []
    for item in items:
        if isinstance(item, Reject):
            continue
        key = (item.split, item.label)
        seen[key] += 1
        if seen[key] <= (count if item.split == "train" else count // 5):
            chosen.append(item)
    return chosen


def table(rows: list[dict[str, Any]]) -> str:
    """The results as Markdown: each way's accuracy over the seeds, and its gain on scratch."""
    lines = [
        "| start | accuracy, mean | lowest to highest | gain, 95% interval | CPU s a run |",
        "|---|---:|---:|---:|---:|",
    ]
    found = {way: accuracies(rows, way) for way in RATES}
    for way, values in found.items():
        gain = (
            "" if way == SCRATCH else "{:.3f} to {:.3f}".format(*interval(values - found[SCRATCH]))
        )
        seconds = np.mean([row["seconds"] for row in rows if row["way"] == way])
        lines.append(
            f"| {way} | {values.mean():.3f} | {values.min():.3f} to {values.max():.3f} "
            f"| {gain} | {seconds:.0f} |"
        )
    return "\n".join(lines)


def accuracies(rows: list[dict[str, Any]], way: str) -> np.ndarray:
    """Accuracies of one way, in the order of the seeds."""
    own = sorted((row["seed"], row["accuracy"]) for row in rows if row["way"] == way)
    return np.array([accuracy for _, accuracy in own])


def interval(differences: np.ndarray) -> tuple[float, float]:
    """Student's 95% interval of the mean of differences paired by the seed."""
    found = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    return found.low, found.high


def say(text: str) -> None:
    """Tell how far the study is, beside the table on the standard output."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
