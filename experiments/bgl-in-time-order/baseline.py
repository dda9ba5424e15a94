"""Under which split in time order does a plain model of pairs of words have an AUROC of 0.796?

That figure came without its protocol: "word-bigram likelihood: 0.985 on a random split, 0.796 on a
chronological one". So a plain model, add-k smoothing and nothing else, is fitted to the normal
lines of the first part of the log and judged on all lines of the rest, for several parts, tokens
and k; beside that the same on shuffled lines.

    python experiments/bgl-in-time-order/baseline.py

Data: downloaded, or taken from KIZU_DATA_MIRROR. Results: baseline.json beside this file, and those
nearest to both figures on the screen.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise, product
from math import log

import numpy as np
import pandas as pd
from lines import HERE, bgl_lines, markdown

from kizu.evaluation.detection import auroc

CHRONOLOGICAL, RANDOM = 0.796, 0.985
SHARES = (0.5, 0.6, 0.65, 0.7, 0.75, 0.8)
SMOOTHING = (1.0, 0.1, 0.01)
SEEDS = range(3)
TOKENS: dict[str, Callable[[str], list[str]]] = {
    "between spaces": str.split,
    "between spaces, numbers alike": lambda text: re.sub(r"\d+", "0", text.lower()).split(),
    "words": lambda text: re.findall(r"\w+", text.lower()),
    "words and marks": lambda text: re.findall(r"\w+|[^\w\s]", text.lower()),
    "letters": lambda text: re.findall(r"[a-z]+", text.lower()),
}
SUMS: dict[str, Callable[[list[float]], float]] = {"mean": lambda x: sum(x) / len(x), "sum": sum}


def main() -> None:
    """Measure every setting, and show those nearest to the figures."""
    lines = bgl_lines()
    is_anomaly = (lines["label"] != "normal").to_numpy().astype(int)
    rows = []
    for tokens, share in product(TOKENS, SHARES):
        texts = [TOKENS[tokens](text) for text in lines["text"]]
        known = round(share * len(texts))
        time = figures(texts, is_anomaly, np.arange(len(texts)), known)
        shuffled = [
            figures(texts, is_anomaly, np.random.default_rng(seed).permutation(len(texts)), known)
            for seed in SEEDS
        ]
        for (setting, value), *others in zip(time, *shuffled, strict=True):
            random = float(np.mean([other for _, other in others]))
            rows.append(
                {"tokens": tokens, "share": share, **setting, "time": value, "random": random}
            )
    (HERE / "baseline.json").write_text(json.dumps(rows, indent=2) + "\n")
    table = pd.DataFrame(rows)
    off = (table["time"] - CHRONOLOGICAL).abs() + (table["random"] - RANDOM).abs()
    print(markdown(table.assign(off=off).nsmallest(12, "off").set_index("tokens")))


def figures(
    texts: list[list[str]], is_anomaly: np.ndarray, order: np.ndarray, known: int
) -> Iterator[tuple[dict[str, object], float]]:
    """Yield the AUROC on all lines after the first ``known``, by smoothing and sum."""
    later = order[known:]
    normal = [texts[place] for place in order[:known] if not is_anomaly[place]]
    for smoothing in SMOOTHING:
        surprises = surprise(normal, [texts[place] for place in later], smoothing)
        for name, total in SUMS.items():
            scores = np.array([total(values) for values in surprises])
            yield {"k": smoothing, "line": name}, auroc(is_anomaly[later], scores)


def surprise(
    fitted: list[list[str]], asked: list[list[str]], smoothing: float
) -> list[list[float]]:
    """Return ``-log((c(a, b) + k) / (c(a) + k V))`` of the pairs of words of each line."""
    pairs = Counter(pair for line in fitted for pair in pairwise(["<s>", *line, "</s>"]))
    firsts: Counter[str] = Counter()
    for (first, _), count in pairs.items():
        firsts[first] += count
    size = len({word for line in fitted for word in line}) + 2  # the end, and any other
    return [
        [
            -log((pairs[pair] + smoothing) / (firsts[pair[0]] + smoothing * size))
            for pair in pairwise(["<s>", *line, "</s>"])
        ]
        for line in asked
    ]


if __name__ == "__main__":
    main()
