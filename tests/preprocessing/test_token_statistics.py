"""Figures about tokenized documents, and packed columns of texts."""

import hashlib

import numpy as np
import pandas as pd

from kizu.preprocessing.string_columns import string_column, text_hashes
from kizu.preprocessing.token_statistics import count_tokens, summarize_tokens


def test_tokens_are_summed_up():
    tokens = np.array([[2, 0, 3], [0, 1, 1], [1, 1, 1], [4, 4, 4]], np.int32)
    counts = np.array([3, 1, 0, 7])
    splits = np.array(["train", "test", "train", "train"])
    assert summarize_tokens(tokens, counts, splits) == {
        "count": 4,
        "tokens": 11,
        "mean_length": 2.75,
        "empty": 1,
        "cut_share": 0.25,
        "train.count": 3,
        "train.unknown_share": 1 / 6,
        "test.count": 1,
        "test.unknown_share": 1.0,
    }


def test_tokens_are_counted():
    assert count_tokens(pd.Series(["a b c", "", "a", "姫 は"])).tolist() == [3, 0, 1, 2]


def test_packed_texts_are_the_texts():
    texts = [f"{number} 傷\n" * (number % 3) for number in range(9000)]
    column = string_column(iter(texts))
    assert column.tolist() == texts
    assert column.dtype == pd.Series(["a"]).dtype
    assert text_hashes(column)[1] == hashlib.sha256(texts[1].encode()).hexdigest()
    assert string_column([]).tolist() == []
