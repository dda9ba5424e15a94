"""Tokenizers, vocabulary, numbers and batches, shown on the data and on made-up sentences."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from kizu.preprocessing.batching import length_bucketed_batches, padded_batch, padding_share
from kizu.preprocessing.tokenizers import (
    BpeParameters,
    FugashiParameters,
    JanomeParameters,
    WordParameters,
    boundaries,
    make_tokenizer,
)
from kizu.preprocessing.vocabulary import Vocabulary
from kizu.sources.sample_sentences import JAPANESE

_BATCH_SIZE = 32
# More of a document than this is not seen in a picture.
_LONGEST_TEXT = 2000


def show_tokenizers(texts: list[str]) -> Iterator[Any]:
    """Yield exhibits of the Japanese tokenizers, and of words and BPE on texts of the data."""
    from kizu.preprocessing.romanization import read_aloud
    from kizu.reporting.gallery import exhibit
    from kizu.reporting.text_figures import tokens_in_boxes

    texts = [text[:_LONGEST_TEXT] for text in texts]
    janome = make_tokenizer(JanomeParameters(name="janome", form="surface"), [])
    fugashi = make_tokenizer(FugashiParameters(name="fugashi", form="surface"), [])
    cuts = list(zip(janome.tokenize(JAPANESE), fugashi.tokenize(JAPANESE), strict=True))
    ends = [(boundaries(first), boundaries(second)) for first, second in cuts]
    shared = sum(len(first & second) for first, second in ends)
    found = sum(len(first | second) for first, second in ends)
    # Where they differ most, there is most to see.
    chosen = max(range(len(cuts)), key=lambda place: len(ends[place][0] ^ ends[place][1]))
    forms = list(
        make_tokenizer(FugashiParameters(name="fugashi", form="dictionary"), []).tokenize(
            [JAPANESE[chosen]]
        )
    )
    yield exhibit(
        "japanese_tokenizers",
        "Japanese: Janome and fugashi",
        f"{JAPANESE[chosen]} (romanized in the picture). On {len(cuts)} made-up sentences, "
        f"{shared} of {found} ends of words are the same: IPADIC and UniDic differ in what a word "
        "is. In both, the words put together are the sentence.",
        tokens_in_boxes(
            [
                ("Janome", read_aloud(cuts[chosen][0])),
                ("fugashi", read_aloud(cuts[chosen][1])),
                ("dictionary", read_aloud(forms[0])),
            ]
        ),
    )
    sample = " ".join(max(texts[:100], key=len).split())[:90]
    pieces = [
        make_tokenizer(BpeParameters(name="bpe", vocabulary_size=size, min_frequency=2), texts)
        for size in (200, 1000)
    ]
    words = make_tokenizer(WordParameters(name="word"), [])
    rows = [
        (name, next(tokenizer.tokenize([sample])))
        for name, tokenizer in (("words", words), ("BPE 200", pieces[0]), ("BPE 1,000", pieces[1]))
    ]
    yield exhibit(
        "word_and_bpe",
        "Words and byte-pair encoding",
        f"A document of the data as {len(rows[0][1])} words, and as {len(rows[1][1])} and "
        f"{len(rows[2][1])} pieces of vocabularies of 200 and 1,000, learned from "
        f"{len(texts):,} documents. ▁ stands for a space.",
        tokens_in_boxes(rows),
    )


def show_numbers(
    documents: Any, tokens: np.ndarray, index: Any, known: Vocabulary
) -> Iterator[Any]:
    """Yield exhibits of the vocabulary and of two documents as numbers."""
    from kizu.reporting.gallery import exhibit
    from kizu.reporting.text_figures import text_table, tokens_in_boxes

    rows = [
        [str(number), known.tokens[number], f"{known.counts[number]:,}"]
        for number in (*range(min(10, len(known))), len(known) - 1)
    ]
    yield exhibit(
        "vocabulary",
        "Vocabulary",
        f"{len(known):,} tokens from the training split, the most frequent first; <unk> (0) stands "
        f"for {known.counts[0]:,} of {sum(known.counts):,} occurrences there, <pad> (1) fills up.",
        text_table(["number", "token", "in train"], rows),
    )
    tested = np.flatnonzero(index["split"].to_numpy() == "test")
    strangest = tested[np.argmax((np.asarray(tokens)[tested] == 0).sum(axis=1))]
    chosen = [int(strangest), int(tested[0])]
    cut = [documents["tokens"].iloc[row].split()[: tokens.shape[1]] for row in chosen]
    yield exhibit(
        "numericalization",
        "Tokens as numbers",
        "Two documents of the test split; the first is the one with the most unknown tokens "
        f"({int((tokens[chosen[0]] == 0).sum())}), which get the number 0.",
        tokens_in_boxes(
            [("most", cut[0]), ("first", cut[1])],
            [tokens[row][: len(words)].tolist() for row, words in zip(chosen, cut, strict=True)],
        ),
    )


def show_batches(tokens: np.ndarray, index: Any, seed: int) -> Any:
    """Return the exhibit of padded batches, at random and by length."""
    from kizu.reporting.gallery import exhibit
    from kizu.reporting.token_figures import batch_masks

    lengths = index["length"].to_numpy()
    shuffled = np.random.default_rng(seed).permutation(len(lengths))
    random = [shuffled[at : at + _BATCH_SIZE] for at in range(0, len(shuffled), _BATCH_SIZE)]
    bucketed = list(length_bucketed_batches(lengths, _BATCH_SIZE, seed=seed, epoch=0))
    masks = [
        (title, next(padded_batch(tokens, lengths, rows)[1] for rows in islice(batches, 1)))
        for title, batches in (("at random", random), ("by length", bucketed))
    ]
    shares = [padding_share(lengths, iter(batches)) for batches in (random, bucketed)]
    return exhibit(
        "batches",
        "Padded batches",
        f"The masks of a batch of {_BATCH_SIZE}. Over an epoch, {shares[0]:.1%} of the places are "
        f"padding with batches at random, {shares[1]:.1%} with batches by length.",
        batch_masks(masks),
    )
