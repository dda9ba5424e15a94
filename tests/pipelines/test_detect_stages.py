"""What holds for the stages `detect_audio` and `detect_tables`.

Each runs as Kedro runs it, with its catalog of conf/base, on a few items of the built-in data.
"""

import subprocess
import sys
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import yaml
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from pydantic import ValidationError

from kizu.detection.conformal import conformal_p_values
from kizu.detection.protocol import Kinds
from kizu.pipelines import detect_audio, detect_tables
from kizu.pipelines.detect_audio.nodes import AUDIO
from kizu.pipelines.detect_tables.nodes import TABLES
from kizu.pipelines.detecting import Modality
from kizu.pipelines.detecting_fits import fit_detectors
from kizu.pipelines.detecting_parameters import DetectParameters
from kizu.preprocessing.log_mel import LogMel, LogMelParameters
from kizu.preprocessing.splits import SplitError
from kizu.sources.machine_sounds import synthesize

CONF = Path(__file__).parents[2] / "conf" / "base"


class Stage(NamedTuple):
    """A stage, its modality, and its quick detectors."""

    create_pipeline: Any
    modality: Modality
    quick: list[str]

    @property
    def prefix(self) -> str:
        return self.modality.prefix

    @property
    def kinds(self) -> Kinds:
        return self.modality.kinds()


STAGES = {
    "detect_audio": Stage(
        detect_audio.create_pipeline,
        AUDIO,
        ["statistics_gaussian", "raw_neighbors"],
    ),
    "detect_tables": Stage(
        detect_tables.create_pipeline,
        TABLES,
        ["covariance", "neighbors"],
    ),
}
pytestmark = pytest.mark.parametrize("stage", STAGES)


def hums(count: int, fault: str, seed: int) -> np.ndarray:
    """Make log-mel spectrograms (count, 10, 16) of the built-in machine."""
    options = LogMelParameters(
        window_length=256,
        hop_length=128,
        bands=10,
        lowest_frequency=0.0,
        highest_frequency=None,
        dynamic_range=80.0,
        centered=True,
    )
    random = np.random.default_rng(seed)
    clips = [synthesize(fault, 1.0, seconds=0.25, rate=8000, random=random) for _ in range(count)]
    waves = np.stack([clip.samples for clip in clips])
    return LogMel(8000, options)(waves)


def readings(count: int, seed: int, shift: float) -> np.ndarray:
    """Draw rows (count, 5) whose features go together, one of them shifted."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, 5)) + random.normal(size=(count, 1))
    rows[:, 2] += shift
    return rows.astype(np.float32)


@cache
def small_data(stage: str) -> tuple[np.ndarray, pd.DataFrame]:
    """Forty normal items to fit on, 12 to calibrate and 12 to test, and 8 anomalous of each."""
    if stage == "detect_audio":
        normal, anomalous = hums(64, "normal", 0), hums(24, "knocks", 1)
        names = ["normal", "knocks"]
    else:
        normal, anomalous = readings(64, 0, 0.0), readings(24, 1, 5.0)
        names = ["0", "1"]
    items = np.concatenate([normal, anomalous])
    items.flags.writeable = False
    splits = ["train", "calibration", "test"]
    index = pd.DataFrame(
        {
            "id": [f"item-{number:02d}" for number in range(len(items))],
            "label": np.repeat([0, 1], [64, 24]),
            "class_name": np.repeat(names, [64, 24]),
            "split": np.concatenate([np.repeat(splits, [40, 12, 12]), np.repeat(splits, 8)]),
        }
    )
    return items, index


def catalog_entries(stage: str) -> dict[str, Any]:
    return yaml.safe_load((CONF / f"catalog_{stage}.yml").read_text())


@pytest.fixture(scope="module")
def parameters_of(shrunk_parameters):
    """The parameters of a stage, small."""
    return lambda stage: STAGES[stage].modality.parameters(**shrunk_parameters[stage])


@pytest.fixture(scope="module")
def run(parameters_of, tmp_path_factory):
    """Run a stage, and return its folder and what it saved, by dataset name."""

    def run(stage: str) -> tuple[Path, dict[str, Any]]:
        own, (items, index) = STAGES[stage], small_data(stage)
        folder = tmp_path_factory.mktemp("project")
        entries = catalog_entries(stage)
        for entry in entries.values():
            entry["filepath"] = str(folder / entry["filepath"])
        catalog = DataCatalog.from_config(entries)
        catalog[own.modality.items] = MemoryDataset(items, copy_mode="assign")
        catalog[f"{own.prefix}_index"] = MemoryDataset(index)
        catalog[f"params:{stage}"] = MemoryDataset(parameters_of(stage), copy_mode="assign")
        catalog["checkpoints"] = MemoryDataset(tmp_path_factory.mktemp("checkpoints"))
        # What scores new data is described from the stages before; it is not looked at here.
        nodes = own.create_pipeline().to_outputs(*outputs_of(stage))
        SequentialRunner().run(nodes, catalog)
        return folder, {name: catalog[name].load() for name in outputs_of(stage)}

    return run


def outputs_of(stage: str) -> list[str]:
    names = (
        "detectors",
        "estimators",
        "anomaly_scores",
        "detector_variants",
        "detection_metrics",
        "detection_roc",
        "detection_scores",
        "examples",
        "explanations",
    )
    return [f"{stage}_history", *(f"{STAGES[stage].prefix}_{name}" for name in names)]


@pytest.fixture(scope="module")
def ran(run):
    """What a stage left, once."""
    return cache(run)


@pytest.fixture
def results(ran, stage):
    """What the stage saved, by the ends of the names."""
    prefix = f"{STAGES[stage].prefix}_"
    return {name.removeprefix(prefix): value for name, value in ran(stage)[1].items()}


@pytest.fixture
def fit(stage):
    """The stage's node that fits."""
    return partial(fit_detectors, STAGES[stage].modality)


@pytest.fixture
def quick(stage, parameters_of):
    """Parameters of quick detectors alone."""
    return parameters_of(stage).model_copy(update={"detectors": STAGES[stage].quick})


def test_every_detector_is_measured(stage, results, parameters_of):
    metrics = results["detection_metrics"]
    assert {name.partition(".")[0] for name in metrics} == {*STAGES[stage].kinds, "combined"}
    rate = parameters_of(stage).false_positive_rates[0]
    for name in STAGES[stage].kinds:
        assert 0 <= metrics[f"{name}.auroc_low"] <= metrics[f"{name}.auroc"]
        assert metrics[f"{name}.auroc"] <= metrics[f"{name}.auroc_high"] <= 1
        assert metrics[f"{name}.target_false_positive_rate"] == rate
    for name in STAGES[stage].quick:
        assert metrics[f"{name}.auroc"] > 0.9


def test_flags_and_p_values_come_from_normal_calibration_items(stage, results):
    _, index = small_data(stage)
    index = index.set_index("id")
    for name, own in results["anomaly_scores"].groupby("detector"):
        test = own[own["split"] == "test"]
        assert set(test["id"]) == set(index.index[index["split"] == "test"])
        np.testing.assert_array_equal(test["flag"], test["p_value"] <= 0.1)
        if name == "combined":
            continue
        calibration = own[own["split"] == "calibration"]
        assert set(index.loc[calibration["id"], "label"]) == {0}
        assert len(calibration) == 12
        expected = conformal_p_values(calibration["score"], test["score"])
        np.testing.assert_array_equal(test["p_value"], expected)


def test_only_normal_training_items_are_fitted_on(stage, fit, quick, tmp_path, monkeypatch):
    items, index = small_data(stage)
    handed = []

    class Recorder:
        def fit(self, given):
            handed.append(given)
            return self

        def state(self):
            return {"config": {}, "tensors": {}, "estimators": {}}

    monkeypatch.setattr("kizu.detection.packing.build_detector", lambda *_: Recorder())
    fit(items, index, quick, tmp_path)
    assert len(handed) == 2
    for given in handed:
        np.testing.assert_array_equal(given, items[:40])


def test_an_item_in_two_splits_is_refused(stage, fit, quick, tmp_path):
    items, index = small_data(stage)
    twice = index.copy()
    twice.loc[63, "id"] = twice.loc[0, "id"]
    with pytest.raises(SplitError, match="The id 'item-00' appears twice: in train and in test"):
        fit(items, twice, quick, tmp_path)


def test_unknown_normal_class_names_the_choices(stage, fit, quick, tmp_path):
    items, index = small_data(stage)
    wrong = quick.model_copy(update={"normal_classes": ["none"]})
    with pytest.raises(ValueError, match=r"names \['none'\], which no item has; choose from: "):
        fit(items, index, wrong, tmp_path)


def test_examples_are_explained(stage, results, parameters_of):
    items, index = small_data(stage)
    examples, explanations = results["examples"], results["explanations"]
    assert explanations.shape == (len(examples), *items.shape[1:])
    assert explanations.dtype == np.float32
    assert (explanations >= 0).all()
    assert set(examples["detector"]) == set(parameters_of(stage).detectors)
    np.testing.assert_array_equal(index["id"].to_numpy()[examples["row"]], examples["id"])


def test_history_and_variants_name_what_trains(stage, results, ran):
    history = ran(stage)[1][f"{stage}_history"]
    trained = {key.partition(".")[0] for row in history for key in row} - {"step"}
    untrained = {r["detector"] for r in results["detector_variants"] if r["variant"] == "untrained"}
    assert trained == untrained
    assert len(trained) >= 2


def test_the_same_again_byte_by_byte(stage, ran, run):
    first, second = ran(stage)[0], run(stage)[0]
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(files) == 11  # ten datasets, of which a model is two files
    for file in files:
        assert (first / file).read_bytes() == (second / file).read_bytes(), file


def test_every_detector_can_be_chosen(stage):
    own = (
        STAGES[stage].modality.parameters.model_fields.keys() - DetectParameters.model_fields.keys()
    )
    assert own == set(STAGES[stage].kinds)


def test_the_default_has_all_detectors(stage, shrunk_parameters):
    assert set(shrunk_parameters[stage]["detectors"]) == set(STAGES[stage].kinds)


def test_wrong_parameters(stage, shrunk_parameters):
    own = shrunk_parameters[stage]
    with pytest.raises(ValidationError, match=r"names \['knn'\]; choose from: "):
        STAGES[stage].modality.parameters(**{**own, "detectors": ["knn"]})
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        STAGES[stage].modality.parameters(**{**own, "knn": {}})


def test_parameters_need_no_heavy_library(stage):
    code = (
        f"import sys, kizu.pipelines.{stage}.parameters, kizu.pipelines.{stage}.nodes;"
        "print([name for name in ('torch', 'sklearn', 'pandas') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert yaml.safe_load(shown.stdout) == []
