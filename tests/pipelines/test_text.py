"""The stage `text`, run by Kedro: in memory, and on disk in processes of their own."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from pydantic import ValidationError

from kizu.pipelines.text import create_pipeline, nodes
from kizu.pipelines.text.parameters import TextParameters
from kizu.preprocessing.splits import SplitError
from kizu.preprocessing.tokenizers import load_tokenizer
from kizu.preprocessing.vocabulary import Vocabulary
from kizu.preprocessing.word_vectors import WordVectors, nearest

PROJECT = Path(__file__).parents[2]

_RUN = """
import sys, yaml
from pathlib import Path
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from kizu.pipelines.ingest_text import create_pipeline as ingest
from kizu.pipelines.ingest_text.parameters import IngestTextParameters
from kizu.pipelines.text import create_pipeline
from kizu.pipelines.text.parameters import TextParameters

conf, place = Path(sys.argv[1]), Path(sys.argv[2])
entries, settings = {}, {}
for stage in ("ingest_text", "text"):
    entries |= yaml.safe_load((conf / f"catalog_{stage}.yml").read_text())
    settings |= yaml.safe_load((conf / f"parameters_{stage}.yml").read_text())
for entry in entries.values():
    entry["filepath"] = entry["filepath"] and str(place / entry["filepath"])
catalog = DataCatalog.from_config(entries)
catalog["params:ingest_text"] = MemoryDataset(IngestTextParameters(**settings["ingest_text"]))
catalog["params:text"] = MemoryDataset(TextParameters(**settings["text"]))
SequentialRunner().run(ingest() + create_pipeline(), catalog)
"""


def run(place: Path, hash_seed: str) -> Path:
    """Run both stages with conf/base in a process of their own; return the folder they wrote."""
    subprocess.run(
        [sys.executable, "-c", _RUN, str(PROJECT / "conf" / "base"), str(place)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        check=True,
    )
    return place / "data"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return run(tmp_path_factory.mktemp("first"), "1")


@pytest.mark.slow
def test_a_process_that_hashes_differently_writes_the_same_bytes(data, tmp_path):
    trees = [
        {
            file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in folder.rglob("*")
            if file.is_file()
        }
        for folder in (data, run(tmp_path, "2"))
    ]
    assert trees[0] == trees[1]
    assert sum(name.startswith("08_reporting/text/operations") for name in trees[0]) == 17


def load(data: Path):
    model_input = data / "05_model_input/text"
    return (
        pd.read_parquet(model_input / "documents.parquet"),
        pd.read_parquet(model_input / "index.parquet"),
        np.load(model_input / "tokens.npy"),
        Vocabulary.from_json(json.loads((model_input / "vocabulary.json").read_text())),
    )


def test_the_outputs_fit_each_other(data):
    documents, index, tokens, vocabulary = load(data)
    assert index.columns.tolist() == [
        "id",
        "source",
        "label",
        "class_name",
        "split",
        "position",
        "length",
    ]
    assert index["label"].dtype == np.int64
    assert documents["id"].tolist() == index["id"].tolist()
    assert tokens.shape == (4000, 32)
    assert tokens.dtype == np.int32
    assert ((tokens != 1).sum(axis=1) == index["length"]).all()
    for row in (0, 1234, 3999):
        words = documents["tokens"][row].split()
        assert [vocabulary.tokens[number] for number in tokens[row, : len(words)]] == [
            word if word in vocabulary.numbers else "<unk>" for word in words
        ]
    state = json.loads((data / "06_models/text/tokenizer.json").read_text())
    again = load_tokenizer(state).tokenize(documents["text"].head(50))
    assert [" ".join(words) for words in again] == documents["tokens"].head(50).tolist()


def test_the_log_is_split_by_time_and_trained_on_what_is_normal(data):
    _, index, _, _ = load(data)
    last = index.groupby("split")["position"].agg(["min", "max"])
    assert last.loc["train", "max"] < last.loc["calibration", "min"]
    assert last.loc["calibration", "max"] < last.loc["test", "min"]
    assert set(index["class_name"][index["split"] == "train"]) == {"normal"}


def test_the_gallery_names_what_was_measured(data):
    folder = data / "08_reporting/text/operations"
    captions = {
        entry["name"]: entry for entry in json.loads((folder / "captions.json").read_text())
    }
    assert list(captions) == [
        "documents_table",
        "strip_html",
        "normalize_unicode",
        "lowercase",
        "numbers",
        "stop_words",
        "lemmas",
        "japanese_tokenizers",
        "word_and_bpe",
        "vocabulary",
        "numericalization",
        "batches",
        "word2vec",
        "analogy",
        "neighbors",
        "fasttext",
    ]
    assert "姫 - 女性 + 男性 gives 王子" in captions["analogy"]["caption"]
    for entry in captions.values():
        assert (folder / entry["file"]).stat().st_size < 61_440


@pytest.fixture
def settings(shrunk_parameters):
    return shrunk_parameters["text"]


def prepare(settings: dict, texts: list[str], folder: Path | None = None, **columns) -> dict:
    """Run all nodes but the gallery."""
    count = len(texts)
    raw = pd.DataFrame(
        {
            "id": [f"d{number}" for number in range(count)],
            "text": texts,
            "label": ["a", "b"] * (count // 2) + ["a"] * (count % 2),
            "split": [""] * count,
            "time": [""] * count,
            "position": np.arange(count),
            **columns,
        }
    )
    catalog = DataCatalog(
        {
            "raw_documents": MemoryDataset(raw),
            "source_vectors": MemoryDataset(folder),
            "params:text": MemoryDataset(TextParameters(**settings)),
        }
    )
    names = ["documents", "text_index", "text_tokens", "text_vocabulary", "text_vectors"]
    for name in (*names, "text_tokenizer"):
        catalog[name] = _Kept()
    stage = create_pipeline()
    SequentialRunner().run(stage - stage.only_nodes("show_text_operations"), catalog)
    return {name: catalog.load(name) for name in names}


class _Kept(MemoryDataset):
    """Keeps what Kedro would forget once the last node has read it."""

    def _release(self) -> None:
        pass


BY_CLASS = {"by": "class", "official": False, "train": 0.5, "calibration": 0.25, "test": 0.25}
WORDS = [f"word{number} und word{number % 5} <b>und</b>" for number in range(40)]


def test_equal_documents_share_a_split_where_classes_are_split(settings):
    texts = WORDS + [text.upper() for text in WORDS]
    changed = settings | {"split": BY_CLASS, "steps": ["lowercase"]}
    index = prepare(changed, texts, label=["a"] * 80)["text_index"]
    splits = index["split"].tolist()
    assert splits[:40] == splits[40:]
    assert set(splits) == {"train", "calibration", "test"}


def test_a_sources_own_test_split_is_kept(settings):
    own = ["train"] * 30 + ["test"] * 10
    changed = settings | {"split": BY_CLASS | {"official": True}, "steps": ["lowercase"]}
    index = prepare(changed, WORDS, split=own)["text_index"]
    assert (index["split"][30:] == "test").all()
    assert set(index["split"][:30]) == {"train", "calibration"}


def test_nothing_is_learned_from_the_test_split(settings):
    texts = [f"early{number % 3}" for number in range(30)] + ["late"] * 30
    changed = settings | {"tokenizer": {"name": "bpe", "vocabulary_size": 99, "min_frequency": 1}}
    outputs = prepare(changed, texts)
    vocabulary = outputs["text_vocabulary"]["tokens"]
    assert any("early" in token for token in vocabulary)
    assert "late" not in "".join(vocabulary)
    assert not set("t") & set("".join(vocabulary[2:]))


@pytest.mark.parametrize("name", ["janome", "fugashi"])
def test_japanese(settings, name):
    texts = ["姫は花を見た。", "王子が村へ走った。", "機械の音が止まった。"] * 8
    changed = settings | {
        "tokenizer": {"name": name, "form": "dictionary"},
        "token_steps": [{"remove_stop_words": {"language": "ja"}}],
    }
    tokens = prepare(changed, texts)["documents"]["tokens"]
    assert "走る" in tokens[1].split()
    assert "た" not in tokens[1].split()


def test_vectors_come_from_a_file_for_the_words_of_the_vocabulary(settings, tmp_path):
    (tmp_path / "small.vec").write_text("3 2\nund 1 0\nword1 0.5 0.5\nelsewhere 0 1\n")
    vectors = {"method": "file", "name": "small.vec"}
    changed = settings | {"vectors": vectors, "steps": ["lowercase"]}
    model = prepare(changed, WORDS, tmp_path)["text_vectors"]
    vectors = WordVectors.from_model(model)
    assert set(vectors.words) == {"und", "word1"}
    assert nearest(vectors, ["und"])[0][0] == "word1"
    with pytest.raises(ValueError, match="'source_vectors' names no folder"):
        prepare(changed, WORDS)


def test_empty_documents_are_rows_of_padding(settings):
    changed = settings | {"token_steps": [{"remove_stop_words": {"language": "en"}}]}
    outputs = prepare(changed, ["the and of", "spindle stopped now here"] * 10)
    assert outputs["documents"]["tokens"][0] == ""
    assert (outputs["text_tokens"][0] == 1).all()
    assert outputs["text_index"]["length"][0] == 0


def test_too_few_documents_are_refused(settings):
    with pytest.raises(SplitError, match="too few"):
        prepare(settings, ["a", "b"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": ["strip"]}, "unknown step 'strip'; allowed: collapse_spaces"),
        ({"steps": [{"numbers": {"mode": "keep"}}]}, "'replace', 'digits' or 'remove'"),
        ({"tokenizer": {"name": "mecab"}}, "'word', 'bpe', 'janome', 'fugashi'"),
        ({"tokenizer": {"name": "janome", "form": "base"}}, "'surface' or 'dictionary'"),
        (
            {
                "tokenizer": {"name": "bpe", "vocabulary_size": 9, "min_frequency": 1},
                "token_steps": [{"lemmatize": {"language": "en"}}],
            },
            r"token_steps \(lemmatize\) need words",
        ),
        ({"vocabulary": {"min_frequency": 0, "max_size": None}}, "greater than 0"),
        ({"split": BY_CLASS | {"official": True, "by": "time"}}, "goes with by: class"),
        ({"vectors": {"method": "glove"}}, "'word2vec', 'fasttext', 'file'"),
    ],
)
def test_a_wrong_parameter_says_what_is_allowed(settings, change, message):
    with pytest.raises(ValidationError, match=message):
        TextParameters(**(settings | change))


@pytest.mark.parametrize("profile", ["imdb"])
def test_profiles_fit(shrunk_parameters, profile):
    over = yaml.safe_load((PROJECT / "conf" / profile / "parameters_text.yml").read_text())["text"]
    base = dict(shrunk_parameters["text"])
    for key, value in over.items():
        base[key] = {**base[key], **value} if isinstance(value, dict) else value
    assert TextParameters(**base).split.official


def test_nodes_need_no_heavy_import():
    assert not {"gensim", "pandas", "matplotlib"} & set(vars(nodes))
