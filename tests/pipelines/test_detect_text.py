"""The stage `detect_text`."""

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

from kizu.detection.text.registry import TEXT_DETECTORS
from kizu.pipelines.detect_text import create_pipeline
from kizu.pipelines.detect_text.nodes import TEXT
from kizu.pipelines.detect_text.parameters import DetectTextParameters
from kizu.pipelines.detecting_fits import fit_detectors
from kizu.pipelines.detecting_parameters import DetectParameters
from kizu.pipelines.detecting_scores import score_items
from kizu.pipelines.ingest_text.parameters import IngestTextParameters
from kizu.pipelines.text.parameters import TextParameters
from kizu.preprocessing.splits import SplitError
from kizu.preprocessing.vocabulary import PADDING

CONF = Path(__file__).parents[2] / "conf" / "base"
EXPLAINING = {"transformer", "ngram", "tfidf_neighbors"}
LINES, WIDTH = 400, 6


@pytest.fixture(scope="module")
def tokens():
    """Lines of three kinds in turn; in the later half, some have a token of their own."""
    random = np.random.default_rng(0)
    lines = np.full((LINES, WIDTH), PADDING, np.int32)
    for row in range(LINES):
        kind = row % 3
        lines[row, : 3 + kind] = 10 * (1 + kind) + random.integers(0, 3, 3 + kind)
    anomalous = anomalous_rows()
    lines[anomalous, 1] = 50 + random.integers(0, 3, len(anomalous))
    lines.flags.writeable = False
    return lines


@pytest.fixture(scope="module")
def index():
    names = np.full(LINES, "normal", object)
    names[anomalous_rows()] = "fault"
    splits = np.repeat(["train", "calibration", "test"], [200, 100, 100])
    return pd.DataFrame(
        {
            "id": [f"line {row}" for row in range(LINES)],
            "source": "log",
            "label": (names == "normal").astype(np.int64),
            "class_name": names,
            "split": splits,
        }
    )


def anomalous_rows():
    return np.arange(190, LINES, 11)


@pytest.fixture(scope="module")
def parameters(shrunk_parameters):
    return DetectTextParameters(**shrunk_parameters["detect_text"])


@pytest.fixture(scope="module")
def quick(parameters):
    """The baselines alone."""
    return parameters.model_copy(update={"detectors": ["ngram", "tfidf_neighbors"]})


@pytest.fixture(scope="module")
def run_stage(tokens, index, shrunk_parameters, tmp_path_factory):
    """Run the whole stage as Kedro does, with the catalog of conf/base, and return its folder."""

    def run():
        folder = tmp_path_factory.mktemp("project")
        entries = catalog_entries()
        for entry in entries.values():
            entry["filepath"] = str(folder / entry["filepath"])
        catalog = DataCatalog.from_config(entries)
        catalog["text_tokens"] = MemoryDataset(tokens, copy_mode="assign")
        catalog["text_index"] = MemoryDataset(index)
        catalog["text_tokenizer"] = MemoryDataset({"name": "word", "versions": {}})
        catalog["text_vocabulary"] = MemoryDataset({"tokens": ["<unk>", "<pad>"], "counts": [0, 0]})
        own = DetectTextParameters(**shrunk_parameters["detect_text"])
        source = IngestTextParameters(**shrunk_parameters["ingest_text"])
        preparation = TextParameters(**shrunk_parameters["text"])
        catalog["params:detect_text"] = MemoryDataset(own, copy_mode="assign")
        for name in ("source", "folder", "checks"):
            catalog[f"params:ingest_text.{name}"] = MemoryDataset(getattr(source, name))
        for name in ("steps", "token_steps", "max_length"):
            catalog[f"params:text.{name}"] = MemoryDataset(getattr(preparation, name))
        catalog["checkpoints"] = MemoryDataset(tmp_path_factory.mktemp("checkpoints"))
        SequentialRunner().run(create_pipeline(), catalog)
        return folder, {name: catalog[name].load() for name in entries}

    return run


@pytest.fixture(scope="module")
def stage(run_stage):
    return run_stage()


@pytest.fixture(scope="module")
def results(stage):
    """What the stage saved, by dataset name."""
    return stage[1]


def catalog_entries():
    return yaml.safe_load((CONF / "catalog_detect_text.yml").read_text())


def test_every_detector_is_measured(results):
    metrics = results["text_detection_metrics"]
    assert {name.partition(".")[0] for name in metrics} == {*TEXT_DETECTORS, "combined"}
    for name in ("ngram", "tfidf_neighbors"):
        assert metrics[f"{name}.auroc"] == 1
    for name in TEXT_DETECTORS:
        assert 0 <= metrics[f"{name}.normal_drift_ks_p"] <= 1
        assert metrics[f"{name}.normal_drift_psi"] >= 0
    trained = {row["detector"] for row in results["text_detector_variants"]}
    assert trained == {"transformer", "state_neighbors"}


def test_examples_have_an_explanation_a_token(results, tokens, index):
    examples, explanations = results["text_examples"], results["text_explanations"]
    assert explanations.shape == (len(examples), WIDTH)
    assert set(examples["detector"]) == EXPLAINING
    assert index["id"].to_numpy()[examples["row"]].tolist() == examples["id"].tolist()
    shown = tokens[examples["row"]]
    assert (explanations[shown == PADDING] == 0).all()
    top = (examples["detector"] == "ngram") & (examples["group"] == "most_anomalous")
    # The fault's own token is second in its line; it and the one after it are what surprises.
    assert set(explanations[top].argmax(axis=1)) <= {1, 2}


def test_lines_before_count_for_the_language_models_only(tokens, index, parameters, tmp_path):
    shuffled = tokens.copy()
    test = np.flatnonzero(index["split"] == "test")
    shuffled[test] = tokens[np.random.default_rng(0).permutation(test)]
    artifact, estimators, _ = fit_detectors(TEXT, tokens, index, parameters, tmp_path)
    assert artifact["config"]["ngram"]["shape"] == [parameters.lines_before + 1, WIDTH]
    first = score_items(TEXT, tokens, index, artifact, estimators, parameters)
    second = score_items(TEXT, shuffled, index, artifact, estimators, parameters)
    for name in TEXT_DETECTORS:
        scores = [
            np.sort(own.loc[own["split"] == "test", "score"])
            for own in (table[table["detector"] == name] for table in (first, second))
        ]
        same = np.allclose(*scores, rtol=1e-9)
        assert same == (name in ("ngram", "tfidf_neighbors"))


def test_fitting_sees_normal_training_lines_only(tokens, index, quick, tmp_path):
    allowed = (index["split"] == "train") & (index["class_name"] == "normal")
    erased = np.where(allowed.to_numpy()[:, np.newaxis], tokens, PADDING)
    first, *_ = fit_detectors(TEXT, tokens, index, quick, tmp_path)
    second, *_ = fit_detectors(TEXT, erased, index, quick, tmp_path)
    assert first["config"] == second["config"]
    for name, tensor in first["tensors"].items():
        np.testing.assert_array_equal(tensor, second["tensors"][name])


def test_a_line_in_two_splits_is_refused(tokens, index, quick, tmp_path):
    twice = index.assign(id=index["id"].where(index.index != LINES - 1, "line 0"))
    with pytest.raises(SplitError, match="line 0"):
        fit_detectors(TEXT, tokens, twice, quick, tmp_path)


def test_the_same_again_byte_by_byte(stage, run_stage):
    (first, _), (second, _) = stage, run_stage()
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(files) == len(catalog_entries()) + 1  # a model is two files
    assert files == sorted(p.relative_to(second) for p in second.rglob("*") if p.is_file())
    for file in files:
        assert (first / file).read_bytes() == (second / file).read_bytes(), file


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lines_before": -1}, "greater than or equal to 0"),
        ({"detectors": ["bigram"]}, r"names \['bigram'\]; choose from: ngram, "),
        ({"ngram": {"order": 6}}, "less than or equal to 5"),
    ],
)
def test_wrong_parameters(shrunk_parameters, change, message):
    with pytest.raises(ValidationError, match=message):
        DetectTextParameters(**{**shrunk_parameters["detect_text"], **change})


def test_every_detector_can_be_chosen():
    own = DetectTextParameters.model_fields.keys() - DetectParameters.model_fields.keys()
    assert own - {"lines_before"} == set(TEXT_DETECTORS)


def test_parameters_need_no_heavy_library():
    code = (
        "import sys, kizu.pipelines.detect_text.parameters, kizu.pipelines.detect_text.nodes;"
        "print([name for name in ('torch', 'sklearn', 'pandas') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert yaml.safe_load(shown.stdout) == []
