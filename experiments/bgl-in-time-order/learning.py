"""Does it help to go on learning from a log that changes, without being told what is an alert?

A detector is fitted to the normal lines of the first part. After that it scores each line,
compares the score with those of the 200 lines before, and learns from the line if it does not stand
out. With `choose`, how the model, what it learns from and the tokens were chosen: on the first
1,400 lines alone. Otherwise what was chosen, with the same tokens everything else, and the model
that the profile has, which does not go on learning: on the last quarter and on the last 30% of the
lines.

    python experiments/bgl-in-time-order/learning.py [choose]

Data: downloaded, or taken from KIZU_DATA_MIRROR. Nothing is random. Results: learning.json or
learning_choice.json beside this file, and the table on the screen.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from lines import HERE, PROFILE, against, bgl_lines, by_kind, markdown, prepared

from kizu.detection.conformal import conformal_p_values
from kizu.detection.prequential import Judged, score_and_learn
from kizu.detection.protocol import UpdatableDetector
from kizu.detection.text.ngram import Ngram
from kizu.detection.text.parameters import NgramParameters, TfidfNeighborsParameters
from kizu.detection.text.tfidf import TfidfNeighbors
from kizu.evaluation.detection import detection_metrics
from kizu.pipelines.text.parameters import TextParameters

EARLY = 1400
# Where learning without labels starts when choosing, and how far it goes, as on the last lines.
STARTS, AHEAD = (350, 700, 1050), 600
# An alert of each kind is put before the detector as often as this, and not learned.
EVERY = 25
WINDOW = 200
TEST_STARTS = (1500, 1400)
RATES = (0.1, 0.01)
# Of the p-value; 0 learns from every line, 1 from none.
LEARN_ABOVE = (0.0, 0.05, 0.1, 0.2, 1.0)

# The profile's, which does not go on learning; `run.py choose` finds none that is clearly better.
FIXED = ("bigrams, Witten-Bell", 1.0, "500 pieces")

Learner = UpdatableDetector[np.ndarray]
MODELS: dict[str, Callable[[], Learner]] = {
    "bigrams, Witten-Bell": lambda: Ngram(NgramParameters(order=2, smoothing="witten_bell")),
    "trigrams, Witten-Bell": lambda: Ngram(NgramParameters(order=3, smoothing="witten_bell")),
    "bigrams, Dirichlet": lambda: Ngram(NgramParameters(order=2, smoothing="dirichlet")),
    "trigrams, Dirichlet": lambda: Ngram(NgramParameters(order=3, smoothing="dirichlet")),
    "TF-IDF neighbors": lambda: TfidfNeighbors(TfidfNeighborsParameters(neighbors=5)),
}
WORDS = {
    "tokenizer": {"name": "word"},
    "steps": [step for step in PROFILE["text"]["steps"] if step != "hexadecimals"],
}
TOKENS: dict[str, dict[str, Any]] = {
    "words": WORDS,
    **{
        f"{size} pieces": {"tokenizer": {**PROFILE["text"]["tokenizer"], "vocabulary_size": size}}
        for size in (300, 500, 700)
    },
}


def main() -> None:
    """Choose on the early lines, or measure on the last ones."""
    parser = argparse.ArgumentParser(description="Detectors that go on learning, on BGL.")
    parser.add_argument("what", nargs="?", choices=["measure", "choose"], default="measure")
    if parser.parse_args().what == "choose":
        rows = list(early_rows(bgl_lines()[:EARLY]))
        (HERE / "learning_choice.json").write_text(json.dumps(rows, indent=2) + "\n")
        model, learn_above, tokens = chosen(rows)
        print(markdown(by_tokens(rows)))
        print(f"\nChosen: {model}, learning above {learn_above}, {tokens}")
        return
    choice = chosen(json.loads((HERE / "learning_choice.json").read_text()))
    rows = list(late_rows(bgl_lines(), choice))
    (HERE / "learning.json").write_text(json.dumps(rows, indent=2) + "\n")
    print(markdown(pd.DataFrame(rows).set_index("start")))


def early_rows(lines: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield how each setting does from each start; each kind of alert counts the same.

    ``came`` is the AUROC of the alerts that came. They are few, so ``returned`` is that of one
    alert of every kind, as if it came again and again; it is scored, and not learned.
    """
    labels = lines["label"].to_numpy()
    kinds = sorted(set(labels) - {"normal"})
    for tokens, start in product(TOKENS, STARTS):
        items = tokenized(lines, start, tokens)
        stop = min(start + AHEAD, len(lines))
        alerts = items[[int(np.argmax(labels == kind)) for kind in kinds]]
        normal = items[:start][labels[:start] == "normal"]
        is_normal = labels[start:stop] == "normal"
        ready = {model: started(make(), normal) for model, make in MODELS.items()}
        for model, learn_above in product(MODELS, LEARN_ABOVE):
            detector, recent = deepcopy(ready[model])
            returned, parts = [], []
            for place in range(start, stop, EVERY):
                returned.append(detector.score(alerts))
                part = items[place : min(place + EVERY, stop)]
                parts.append(judged(detector, part, recent, learn_above))
                recent = np.append(recent, parts[-1].scores)
            scores, p_values = (
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("scores", "p_values")
            )
            came = by_kind(labels[start:stop], scores)
            back = [against(scores[is_normal], values) for values in np.transpose(returned)]
            yield {
                "tokens": tokens,
                "model": model,
                "learn_above": learn_above,
                "start": start,
                "came": float(np.mean(list(came.values()))),
                "returned": float(np.mean(back)),
                "false_positives_at_0.1": float(np.mean(p_values[is_normal] <= RATES[0])),
            }


def chosen(rows: list[dict[str, Any]]) -> tuple[str, float, str]:
    """Return the model and what it learns from, best over all tokens; then its best tokens.

    Single settings differ by less than chance, as the alerts are few: so first over all tokens.
    """
    table = by_tokens(rows)
    model, learn_above = table["mean"].idxmax()
    return model, learn_above, table.loc[(model, learn_above)].drop("mean").idxmax()


def by_tokens(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the mean of ``came`` and ``returned`` over the starts, a row a model and threshold."""
    table = pd.DataFrame(rows)
    figure = table.assign(figure=(table["came"] + table["returned"]) / 2)
    wide = figure.pivot_table(
        index=["model", "learn_above"], columns="tokens", values="figure", sort=False
    )
    return wide.assign(mean=wide.mean(axis=1))


def late_rows(lines: pd.DataFrame, choice: tuple[str, float, str]) -> Iterator[dict[str, Any]]:
    """Yield the figures of every model and threshold on the last lines, with the chosen tokens."""
    labels = lines["label"].to_numpy()
    for start in TEST_STARTS:
        is_anomaly = (labels[start:] != "normal").astype(int)
        for tokens, settings in {
            FIXED[2]: [FIXED[:2]],
            choice[2]: list(product(MODELS, LEARN_ABOVE)),
        }.items():
            items = tokenized(lines, start, tokens)
            normal = items[:start][labels[:start] == "normal"]
            models = dict.fromkeys(model for model, _ in settings)
            ready = {model: started(MODELS[model](), normal) for model in models}
            for model, learn_above in settings:
                detector, recent = deepcopy(ready[model])
                found = judged(detector, items[start:], recent, learn_above)
                fixed = conformal_p_values(recent[-WINDOW:], found.scores)
                p_values = {"recent": found.p_values, "fixed": fixed}
                yield {
                    "start": start,
                    "tokens": tokens,
                    "model": model,
                    "learn_above": learn_above,
                    "chosen": (model, learn_above, tokens) == choice,
                    **figures(is_anomaly, found.scores, p_values),
                }


def figures(
    is_anomaly: np.ndarray, scores: np.ndarray, p_values: dict[str, np.ndarray]
) -> dict[str, float]:
    """Return the AUROC with its interval, and what each kind of p-values flags at each rate."""
    row = detection_metrics(is_anomaly, scores, np.inf)
    found = {key: row[key] for key in ("auroc", "auroc_low", "auroc_high", "aupr")}
    for (name, values), rate in product(p_values.items(), RATES):
        # What is flagged has a p-value of at most the rate.
        at = detection_metrics(is_anomaly, -values, -np.nextafter(rate, 1), replicates=1)
        for key in ("f1", "false_positive_rate", "true_positive_rate"):
            found[f"{name}_{key}_at_{rate:g}"] = at[key]
    return found


def tokenized(lines: pd.DataFrame, known: int, tokens: str) -> np.ndarray:
    """Return the tokens of all lines; the first ``known`` teach tokenizer and vocabulary."""
    return prepared(lines, known, TextParameters(**{**PROFILE["text"], **TOKENS[tokens]}))


def started(detector: Learner, normal: np.ndarray) -> tuple[Learner, np.ndarray]:
    """Fit to the first half of the normal lines, learn the others by and by, and score them."""
    half = len(normal) // 2
    detector.fit(normal[:half])
    # The first is compared with itself, and all are learned from.
    later = normal[half:]
    return detector, judged(detector, later, detector.score(later[:1]), 0).scores


def judged(detector: Learner, items: np.ndarray, recent: np.ndarray, learn_above: float) -> Judged:
    """Score and learn with the window of this study."""
    return score_and_learn(detector, items, recent, window=WINDOW, learn_above=learn_above)


if __name__ == "__main__":
    main()
