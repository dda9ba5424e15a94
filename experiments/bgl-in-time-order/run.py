"""How well are alerts of a supercomputer found among lines that come later than all that is known?

The stages `text` and `detect_text` of the profile `bgl`, as they are: detectors are fitted on the
normal lines of the first part, calibrated on those of the next, and tested on the last quarter.
Beside that the same on shuffled lines, which is what flatters; and bigrams of words, the baseline.
With `choose`, how tokens and shares were chosen: on the first 1,400 lines alone.

    python experiments/bgl-in-time-order/run.py [choose]

Data: downloaded, or taken from KIZU_DATA_MIRROR.
Results: results.json or choice.json beside this file, and the table on the screen.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from lines import BASE, HERE, PROFILE, bgl_lines, by_kind, markdown, prepared

from kizu.detection.protocol import Detector
from kizu.detection.text.ngram import Ngram
from kizu.detection.text.parameters import NgramParameters, TfidfNeighborsParameters
from kizu.detection.text.tfidf import TfidfNeighbors
from kizu.detection.variants import reseeded
from kizu.evaluation.detection import detection_metrics
from kizu.pipelines.detect_text.nodes import TEXT
from kizu.pipelines.detect_text.parameters import DetectTextParameters
from kizu.pipelines.detecting_fits import fit_detectors
from kizu.pipelines.detecting_scores import score_items
from kizu.pipelines.text.nodes import cut_documents, number_documents
from kizu.pipelines.text.parameters import TextParameters

SEEDS = range(3)
RATES = (0.1, 0.01)
HALF = {"train": 0.5, "calibration": 0.25, "test": 0.25}
CLOSE = {"train": 0.65, "calibration": 0.1, "test": 0.25}
SPLITS = [("time", HALF), ("time", CLOSE), ("random", CLOSE)]
EARLY, BLOCK = 1400, 250

WORDS, PIECES = "words", "pieces"
MODELS: dict[str, Callable[[], Detector[np.ndarray]]] = {
    "bigrams": lambda: Ngram(NgramParameters(order=2, smoothing="witten_bell")),
    "trigrams": lambda: Ngram(NgramParameters(order=3, smoothing="witten_bell")),
    "tfidf_neighbors": lambda: TfidfNeighbors(TfidfNeighborsParameters(neighbors=5)),
}
NUMBERS: dict[str, list[Any]] = {
    "digits": [{"numbers": {"mode": "digits"}}],
    "replaced": [{"numbers": {"mode": "replace"}}],
    "replaced, hexadecimals too": ["hexadecimals", {"numbers": {"mode": "replace"}}],
}
TOKENIZERS = {
    "words": {"name": "word"},
    **{
        f"{size} pieces": {"name": "bpe", "vocabulary_size": size, "min_frequency": 2}
        for size in (300, 500, 700)
    },
}


def main() -> None:
    """Measure on the last quarter, or show how the tokens were chosen without it."""
    parser = argparse.ArgumentParser(description="BGL in time order.")
    parser.add_argument("what", nargs="?", choices=["measure", "choose"], default="measure")
    torch.set_num_threads(1)
    lines = bgl_lines()
    if parser.parse_args().what == "choose":
        found = [{"tokens": name, **row} for name, row in choices(lines, PROFILE["text"])]
        (HERE / "choice.json").write_text(json.dumps(found, indent=2) + "\n")
        print(markdown(pd.DataFrame(found).set_index(["tokens", "numbers", "detector"])))
        return
    texts = {WORDS: TextParameters(**BASE["text"]), PIECES: TextParameters(**PROFILE["text"])}
    parameters = DetectTextParameters(**PROFILE["detect_text"])
    rows = []
    for (order, shares), seed in product(SPLITS, SEEDS):
        identity = {"split": order, "fitted": shares["train"], "seed": seed}
        # Shuffled lines are split as if they had come in that order.
        positions = np.arange(len(lines))
        if order == "random":
            positions = np.random.default_rng(seed).permutation(len(lines))
        for tokens, text in texts.items():
            names = parameters.detectors if tokens == PIECES else ["ngram"]
            own = parameters.model_copy(update={"detectors": names, "false_positive_rates": RATES})
            split = text.split.model_copy(update=shares)
            text = text.model_copy(update={"split": split})
            table = scores(lines.assign(position=positions), text, own, seed)
            rows += [
                {**identity, "tokens": tokens, "detector": name, **row}
                for name, row in measured(table)
            ]
        say(f"{identity}: {rows[-1]['detector']} {rows[-1]['auroc']:.3f}")
        (HERE / "results.json").write_text(json.dumps(rows, indent=2) + "\n")
    keys = ["split", "fitted", "tokens", "detector"]
    print(markdown(pd.DataFrame(rows).drop(columns="seed").groupby(keys, sort=False).mean()))


def scores(
    lines: pd.DataFrame, text: TextParameters, own: DetectTextParameters, seed: int
) -> pd.DataFrame:
    """Prepare, fit under a seed, and score the calibration and test lines, as the stages do."""
    documents, index, _ = cut_documents(lines, text)
    tokens, _ = number_documents(documents, index, text)
    seeded = {name: reseeded(own.of(name), seed) or own.of(name) for name in own.detectors}
    own = own.model_copy(update=seeded)
    with tempfile.TemporaryDirectory() as checkpoints:
        artifact, estimators, _ = fit_detectors(TEXT, tokens, index, own, Path(checkpoints))
    return score_items(TEXT, tokens, index, artifact, estimators, own)


def measured(table: pd.DataFrame) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield each detector's figures on the test lines."""
    for name, own in table[table["split"] == "test"].groupby("detector", sort=False):
        is_anomaly, p_values = own["is_anomaly"].to_numpy(), own["p_value"].to_numpy()
        row = detection_metrics(is_anomaly, own["score"].to_numpy(), np.inf)
        figures = {key: row[key] for key in ("auroc", "auroc_low", "auroc_high", "aupr")}
        for rate in RATES:
            # What is flagged has a p-value of at most the rate: the same threshold for all.
            at = detection_metrics(is_anomaly, -p_values, -np.nextafter(rate, 1), replicates=1)
            figures[f"f1_at_{rate:g}"] = at["f1"]
            figures[f"false_positives_at_{rate:g}"] = at["false_positive_rate"]
            figures[f"found_at_{rate:g}"] = at["true_positive_rate"]
        yield str(name), figures


def choices(lines: pd.DataFrame, text: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield how the quick detectors do on the early lines alone, by tokens and numbers.

    Each block of 250 lines is scored by a model of normal lines that were not in it: all others
    (``auroc``), those before it (``forward``), and those at least 500 lines before it (``later``).
    Few kinds of alerts make most of the early ones, so each kind counts the same.
    """
    early = lines[:EARLY]
    places = np.arange(EARLY)
    blocks = [places[start : start + BLOCK] for start in range(0, EARLY, BLOCK)]
    ways = {
        "auroc": [(np.setdiff1d(places, block), block) for block in blocks],
        "forward": [(places[: block[0]], block) for block in blocks[3:]],
        "later": [(places[: block[0] - 2 * BLOCK], block) for block in blocks[3:]],
    }
    labels = early["label"].to_numpy()
    for name, treatment in product(TOKENIZERS, NUMBERS):
        steps = ["normalize_unicode", "lowercase", *NUMBERS[treatment], "collapse_spaces"]
        own = TextParameters(**{**text, "tokenizer": TOKENIZERS[name], "steps": steps})
        rows: dict[str, dict[str, Any]] = {
            model: {"numbers": treatment, "detector": model} for model in MODELS
        }
        for way, folds in ways.items():
            found = {model: np.full(EARLY, np.nan) for model in MODELS}
            for kept, held in folds:
                items = prepared(early.iloc[np.append(kept, held)], len(kept), own)
                normal = np.flatnonzero(labels[kept] == "normal")
                for model, values in found.items():
                    values[held] = MODELS[model]().fit(items[normal]).score(items[len(kept) :])
            for model, values in found.items():
                scored = ~np.isnan(values)
                rows[model][way] = float(
                    np.mean(list(by_kind(labels[scored], values[scored]).values()))
                )
        for row in rows.values():
            yield name, row


def say(text: str) -> None:
    """Tell how far the study is, beside the table on the standard output."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
