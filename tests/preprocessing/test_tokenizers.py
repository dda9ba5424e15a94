"""Tokenizers."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kizu.preprocessing.tokenizers import (
    BpeParameters,
    FugashiParameters,
    JanomeParameters,
    TokenizerVersionError,
    WordParameters,
    boundaries,
    load_tokenizer,
    make_tokenizer,
)
from kizu.sources.sample_sentences import ENGLISH, JAPANESE

MIXED = ("姫は 3.5 mm の傷を見た。\n二行目　です。", "Isn't <number> 1,000.5 x2-ok?", "")
TEXTS = (*JAPANESE, *ENGLISH, *MIXED)
ALL = [
    WordParameters(name="word"),
    BpeParameters(name="bpe", vocabulary_size=300, min_frequency=2),
    JanomeParameters(name="janome", form="surface"),
    JanomeParameters(name="janome", form="dictionary"),
    FugashiParameters(name="fugashi", form="surface"),
    FugashiParameters(name="fugashi", form="dictionary"),
]


def cut(parameters, texts=TEXTS):
    return list(make_tokenizer(parameters, TEXTS).tokenize(texts))


@pytest.mark.parametrize("parameters", ALL, ids=str)
def test_no_token_holds_white_space_and_none_is_empty(parameters):
    documents = cut(parameters)
    assert len(documents) == len(TEXTS)
    assert documents[-1] == []
    for tokens in documents:
        assert " ".join(tokens).split() == tokens


@pytest.mark.parametrize("parameters", [ALL[0], ALL[2], ALL[4]], ids=str)
def test_words_put_together_are_the_text(parameters):
    for text, tokens in zip(TEXTS, cut(parameters), strict=True):
        assert "".join(tokens) == "".join(text.split())


def test_pieces_put_together_are_the_text():
    for text, tokens in zip(TEXTS, cut(ALL[1]), strict=True):
        assert "".join(tokens).replace("▁", " ").split() == text.split()


def test_janome_and_fugashi_agree_but_on_what_the_dictionaries_call_a_word():
    pairs = zip(cut(ALL[2], JAPANESE), cut(ALL[4], JAPANESE), strict=True)
    differ = {
        text: (janome, fugashi)
        for text, (janome, fugashi) in zip(JAPANESE, pairs, strict=True)
        if janome != fugashi
    }
    assert len(differ) == 2
    # IPADIC has the names of places; UniDic cuts all compounds into short units.
    janome, fugashi = differ["関西国際空港の荷物検査で、全自動の機械が止まった。"]
    assert janome == ["関西国際空港", *fugashi[3:]]
    assert fugashi[:3] == ["関西", "国際", "空港"]
    # What IPADIC takes for a stem and an ending is one form of the copula in UniDic.
    janome, fugashi = differ["新しい部品を取り付ければ、音は静かになるでしょう。"]
    assert janome == [*fugashi[:-2], "でしょ", "う", "。"]
    assert fugashi[-2] == "でしょう"


@pytest.mark.parametrize("parameters", [ALL[3], ALL[5]], ids=str)
def test_dictionary_forms(parameters):
    (tokens,) = cut(parameters, ["馬に乗り、走りました"])
    assert tokens[2:] == ["乗る", "、", "走る", "ます", "た"]


def test_words_of_the_regular_expression():
    (tokens,) = cut(ALL[0], ["It isn't 3.5, <number> x-1!"])
    assert tokens == ["It", "isn't", "3.5", ",", "<number>", "x", "-", "1", "!"]


def test_bpe_is_byte_pair_encoding():
    """The pair that occurs most often is joined first (Sennrich et al. 2016, algorithm 1)."""
    texts = ["low"] * 5 + ["lower"] * 2 + ["newest"] * 6 + ["widest"] * 3
    settings = BpeParameters(name="bpe", vocabulary_size=14, min_frequency=2)
    model = make_tokenizer(settings, texts).state["model"]["model"]
    # 10 letters, <unk>, and 3 joins: of those of equal frequency, any may come first
    assert [("".join(pair)) for pair in model["merges"]] == ["es", "est", "lo"]


@pytest.mark.parametrize("parameters", ALL, ids=str)
def test_a_saved_tokenizer_cuts_as_before(parameters):
    made = make_tokenizer(parameters, TEXTS)
    again = load_tokenizer(json.loads(json.dumps(made.state)))
    assert list(again.tokenize(TEXTS)) == list(made.tokenize(TEXTS))


def test_another_version_is_refused():
    state = dict(make_tokenizer(ALL[4], []).state)
    state["versions"] = {"unidic-lite": "0.1"}
    with pytest.raises(TokenizerVersionError, match=r"unidic-lite 0\.1; 1\..*run the stage text"):
        load_tokenizer(state)


def test_texts_are_not_held_at_once():
    pulled = []

    def texts():
        for number in range(5000):
            pulled.append(number)
            yield "a b"

    first = next(make_tokenizer(ALL[0], []).tokenize(texts()))
    assert first == ["a", "b"]
    assert len(pulled) < 5000


def test_bpe_is_the_same_in_every_process():
    program = (
        "import json; from kizu.preprocessing.tokenizers import *; "
        "from kizu.sources.sample_sentences import *; "
        "settings = BpeParameters(name='bpe', vocabulary_size=300, min_frequency=2); "
        "print(json.dumps(make_tokenizer(settings, JAPANESE + ENGLISH).state))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert len(runs[0]) > 1000


@given(st.lists(st.text(min_size=1)))
def test_boundaries_are_where_tokens_end(tokens):
    text = "".join(tokens)
    ends = sorted(boundaries(tokens))
    assert [text[a:b] for a, b in zip([0, *ends], ends, strict=False)] == tokens


def test_text_without_spaces_trains_in_linear_time() -> None:
    """300,000 letters as one word would take minutes."""
    parameters = BpeParameters(name="bpe", vocabulary_size=50, min_frequency=2)
    tokenizer = make_tokenizer(parameters, ["あいう" * 100_000])

    (tokens,) = tokenizer.tokenize(["あいう" * 200])
    assert "".join(tokens) == "あいう" * 200
