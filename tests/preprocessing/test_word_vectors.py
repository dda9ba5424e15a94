"""Word vectors."""

import os
import subprocess
import sys

import numpy as np
import pytest
from gensim.models import FastText, KeyedVectors
from gensim.models.fasttext import save_facebook_model

from kizu.preprocessing.gensim_vectors import (
    Sentences,
    VectorFileError,
    read_vectors,
    train_vectors,
)
from kizu.preprocessing.tokenizers import FugashiParameters, make_tokenizer
from kizu.preprocessing.word_vectors import UnknownWordError, WordVectors, nearest
from kizu.sources.sample_sentences import relation_sentences

SETTINGS = {"dimension": 32, "window": 5, "min_frequency": 1, "epochs": 100, "seed": 0}


@pytest.fixture(scope="module")
def sentences():
    tokenizer = make_tokenizer(FugashiParameters(name="fugashi", form="surface"), [])
    return list(tokenizer.tokenize(relation_sentences()))


@pytest.fixture(scope="module", params=["word2vec", "fasttext"])
def trained(request, sentences):
    return train_vectors(sentences, method=request.param, **SETTINGS, buckets=2000)


@pytest.fixture
def plain():
    words = ("a", "b", "c", "d")
    vectors = np.array([[1, 0], [0, 2], [3, 3], [0, 0]], np.float32)
    return WordVectors(words, vectors)


def test_relations_in_the_sentences_are_learned(trained):
    assert nearest(trained, ["姫", "男性"], ["女性"])[0][0] == "王子"
    assert nearest(trained, ["王子", "女性"], ["男性"])[0][0] == "姫"
    assert nearest(trained, ["少年", "女性"], ["男性"])[0][0] == "少女"


def test_nearest_is_the_cosine(plain):
    answers = nearest(plain, ["a"])
    assert [word for word, _ in answers] == ["c", "b", "d"]
    assert [value for _, value in answers] == pytest.approx([np.sqrt(0.5), 0, 0])
    assert nearest(plain, ["c"], ["a"], count=1)[0][0] == "b"


def test_nearest_is_gensims(trained):
    keyed = KeyedVectors(trained.vectors.shape[1])
    keyed.add_vectors(list(trained.words), trained.vectors)
    theirs = keyed.most_similar(["姫", "男性"], ["女性"], topn=8)
    ours = nearest(trained, ["姫", "男性"], ["女性"], count=8)
    assert [word for word, _ in ours] == [word for word, _ in theirs]
    assert [value for _, value in ours] == pytest.approx([v for _, v in theirs], abs=1e-5)


def test_a_word_without_a_vector_is_named_with_its_like(plain):
    vectors = WordVectors(("scratch", "spindle", "coolant"), np.eye(3, dtype=np.float32))
    with pytest.raises(UnknownWordError, match=r"'scratsch' is none of the 3 words.*: scratch\."):
        nearest(vectors, ["scratsch"])
    with pytest.raises(UnknownWordError, match="No word looks alike"):
        nearest(plain, ["zzzzz"])


def test_fasttext_has_vectors_of_words_never_seen(sentences):
    settings = {**SETTINGS, "epochs": 5}
    vectors = train_vectors(sentences, method="fasttext", **settings, buckets=500)
    model = FastText(
        sentences, vector_size=32, window=5, min_count=1, epochs=5, sg=1, seed=0, workers=1,
        bucket=500,
    )  # fmt: skip
    for word in ("女性たち", "王子様", "x"):
        assert word not in vectors.words
        assert vectors.vector(word) == pytest.approx(model.wv.get_vector(word), abs=1e-6)


def test_they_are_saved_and_read(trained):
    again = WordVectors.from_model(trained.to_model())
    assert again.words == trained.words
    assert np.array_equal(again.vectors, trained.vectors)
    assert nearest(again, ["姫"]) == nearest(trained, ["姫"])


def test_some_words_only(plain):
    some = plain.only({"d", "b", "x"})
    assert some.words == ("b", "d")
    assert some.vectors.tolist() == [[0, 2], [0, 0]]


def test_files_in_the_standard_formats_are_read(plain, tmp_path, sentences):
    keyed = KeyedVectors(2)
    keyed.add_vectors(list(plain.words), plain.vectors)
    for name, binary in (("a.vec", False), ("a.txt", False), ("a.bin", True)):
        keyed.save_word2vec_format(tmp_path / name, binary=binary)
        read = read_vectors(tmp_path / name)
        assert read.words == plain.words
        assert np.array_equal(read.vectors, plain.vectors)
    model = FastText(sentences, vector_size=8, min_count=1, epochs=1, bucket=100, workers=1)
    save_facebook_model(model, str(tmp_path / "fasttext.bin"))
    read = read_vectors(tmp_path / "fasttext.bin")
    assert read.words == tuple(model.wv.index_to_key)
    assert read.vector("女性たち") == pytest.approx(model.wv.get_vector("女性たち"), abs=1e-6)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.vec", None, "there is no such file"),
        ("a.npy", b"x", r"'\.npy'; \.vec, \.txt"),
        ("a.vec", b"not vectors\n", "cannot be read as word vectors"),
        ("a.vec", b"3 2\na 1 2\n", "cannot be read as word vectors"),
        ("a.bin", b"\x00" * 40, "cannot be read as word vectors"),
        ("a.bin", (793712314).to_bytes(4, "little") + b"\x0c", "cannot be read as word vectors"),
        ("a.vec", b"", "cannot be read as word vectors"),
        ("a.vec", b"1 2\n\xff\xfe 1 2\n", "cannot be read as word vectors"),
    ],
)
def test_a_broken_file_is_named(name, content, message, tmp_path):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(VectorFileError, match=message):
        read_vectors(tmp_path / name)


def test_long_documents_lose_nothing():
    document = " ".join(str(number) for number in range(25_000))
    parts = list(Sentences([document, "", "a b"]))
    assert [len(part) for part in parts] == [10_000, 10_000, 5_000, 2]
    assert [token for part in parts[:3] for token in part] == document.split()


def test_vectors_are_the_same_in_every_process():
    program = (
        "import hashlib; from kizu.preprocessing.gensim_vectors import *\n"
        "documents = [f'w{n % 7} w{n % 5} w{n % 3}'.split() for n in range(300)]\n"
        "for method in ('word2vec', 'fasttext'):\n"
        "    vectors = train_vectors(documents, method=method, dimension=8, window=2,\n"
        "        min_frequency=1, epochs=3, seed=1, buckets=100)\n"
        "    print(vectors.words, hashlib.sha256(vectors.vectors.tobytes()).hexdigest())\n"
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
    assert runs[0].count(b"w0") == 2
