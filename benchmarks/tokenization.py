"""Tokenizers side by side: Japanese by fugashi against Janome, English by words and by BPE.

Japanese: the sentences of ``kizu.sources.sample_sentences``, a hundred times over; both give the
words as they stand, each with its own dictionary (UniDic-lite and IPADIC), and the words of both
put together must be the sentence. English: the built-in log's 4,000 lines, as words by the regular
expression and as pieces of a byte-pair encoding with 1,000 pieces. Each contestant has a process
and one thread of its own; making it is not timed.

    python benchmarks/tokenization.py

Results: results/tokenization.json and results/tokenization_log.json.
"""

import argparse
import os
from collections.abc import Callable
from functools import partial
from statistics import median

from _timing import interleave, own_processes, report

from kizu.preprocessing.tokenizers import (
    BpeParameters,
    FugashiParameters,
    JanomeParameters,
    TokenizerParameters,
    WordParameters,
    make_tokenizer,
)
from kizu.sources.machine_logs import machine_logs
from kizu.sources.sample_sentences import JAPANESE

SENTENCES = 100 * list(JAPANESE)
JAPANESE_TOKENIZERS = {
    "Janome": JanomeParameters(name="janome", form="surface"),
    "fugashi": FugashiParameters(name="fugashi", form="surface"),
}
LOG_TOKENIZERS = {
    "words": WordParameters(name="word"),
    "BPE": BpeParameters(name="bpe", vocabulary_size=1000, min_frequency=2),
}
# As published for the two: 49,200 and 690 sentences a second.
GOALS = {"fugashi": 49_200 / 690}


def main() -> None:
    """Parse the command line, run the contestants in turn and write the results."""
    parser = argparse.ArgumentParser(description="Tokenizers, side by side.")
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    check()
    lines = log_lines()
    compare("tokenization", "Japanese sentences", SENTENCES, JAPANESE_TOKENIZERS, rounds)
    compare("tokenization_log", "Lines of a log", lines, LOG_TOKENIZERS, rounds)


def compare(
    name: str,
    title: str,
    texts: list[str],
    tokenizers: dict[str, TokenizerParameters],
    rounds: int,
) -> None:
    """Time all tokenizers on the same texts and write the results."""
    builders = {key: partial(build, settings, texts) for key, settings in tokenizers.items()}
    with own_processes(builders) as contestants:
        seconds = interleave(contestants, rounds)
    rates = {
        f"texts a second, {key}": f"{len(texts) / median(runs):,.0f}"
        for key, runs in seconds.items()
    }
    report(
        name,
        f"{title}, {len(texts):,} of them, as tokens",
        seconds,
        reference=next(iter(tokenizers)),
        goals={key: goal for key, goal in GOALS.items() if key in tokenizers},
        facts={**rates, "characters a text": round(sum(map(len, texts)) / len(texts), 1)},
    )


def build(settings: TokenizerParameters, texts: list[str]) -> Callable[[], None]:
    """Return a function that cuts all texts."""
    tokenizer = make_tokenizer(settings, texts)

    def run() -> None:
        for _ in tokenizer.tokenize(texts):
            pass

    return run


def check() -> None:
    """Make sure that both Japanese tokenizers lose nothing."""
    for name, settings in JAPANESE_TOKENIZERS.items():
        cut = make_tokenizer(settings, []).tokenize(SENTENCES)
        if any("".join(words) != text for words, text in zip(cut, SENTENCES, strict=True)):
            raise SystemExit(f"{name} changes a sentence: no comparison.")


def log_lines() -> list[str]:
    """Return the built-in log's lines, without its header."""
    (file,) = machine_logs().items
    return bytes(file.content).decode().splitlines()[1:]  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
