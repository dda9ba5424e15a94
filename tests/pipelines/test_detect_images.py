"""The stage `detect_images`."""

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

from kizu.detection.conformal import conformal_p_values
from kizu.detection.images.registry import IMAGE_DETECTORS
from kizu.pipelines.detect_images import create_pipeline
from kizu.pipelines.detect_images.localization import locate_defects
from kizu.pipelines.detect_images.nodes import IMAGES, explain_images
from kizu.pipelines.detect_images.parameters import DetectImagesParameters
from kizu.pipelines.detecting_fits import fit_detectors
from kizu.pipelines.detecting_measures import measure_detection
from kizu.pipelines.detecting_parameters import DetectParameters
from kizu.pipelines.detecting_scores import score_items
from kizu.preprocessing.splits import SplitError
from kizu.sources.images import ImageChecks

CONF = Path(__file__).parents[2] / "conf" / "base"
QUICK = ["pixel_neighbors", "pixel_components", "pixel_forest"]


@pytest.fixture(scope="module")
def parameters(shrunk_parameters):
    return DetectImagesParameters(**shrunk_parameters["detect_images"])


@pytest.fixture(scope="module")
def quick(parameters):
    """The baselines alone."""
    return parameters.model_copy(update={"detectors": QUICK})


@pytest.fixture(scope="module")
def run_stage(small_digits, parameters, shrunk_parameters, tmp_path_factory):
    """Run the whole stage as Kedro does, with the catalog of conf/base, and return its folder."""

    def run():
        folder = tmp_path_factory.mktemp("project")
        entries = catalog_entries()
        for entry in entries.values():
            entry["filepath"] = str(folder / entry["filepath"])
        catalog = DataCatalog.from_config(entries)
        catalog["images"] = MemoryDataset(small_digits.images, copy_mode="assign")
        catalog["image_index"] = MemoryDataset(small_digits.index)
        masks, mask_index = no_masks(small_digits.images)
        catalog["image_masks"] = MemoryDataset(masks)
        catalog["image_mask_index"] = MemoryDataset(mask_index)
        catalog["params:detect_images"] = MemoryDataset(parameters, copy_mode="assign")
        for name in ("channels", "steps"):
            catalog[f"params:images.{name}"] = MemoryDataset(shrunk_parameters["images"][name])
        checks = ImageChecks(**shrunk_parameters["ingest_images"]["checks"])
        catalog["params:ingest_images.checks"] = MemoryDataset(checks, copy_mode="assign")
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


def no_masks(images):
    return np.zeros((0, *images.shape[2:]), bool), pd.DataFrame({"id": pd.Series(dtype=str)})


def catalog_entries():
    return yaml.safe_load((CONF / "catalog_detect_images.yml").read_text())


def test_every_detector_is_measured(results, parameters):
    metrics = results["image_detection_metrics"]
    measured = {name.partition(".")[0] for name in metrics}
    assert measured == {*parameters.detectors, "combined", "planted"}
    for name in parameters.detectors:
        assert 0 <= metrics[f"{name}.auroc_low"] <= metrics[f"{name}.auroc"]
        assert metrics[f"{name}.auroc"] <= metrics[f"{name}.auroc_high"] <= 1
        assert metrics[f"{name}.target_false_positive_rate"] == parameters.false_positive_rates[0]
    assert metrics["pixel_neighbors.auroc"] > 0.95


def test_scores_cover_calibration_normals_and_the_test_split(results, small_digits, parameters):
    table, index = results["image_anomaly_scores"], small_digits.index
    normal = index["label"].isin([0, 1])
    calibration = set(index.loc[normal & (index["split"] == "calibration"), "id"])
    test = set(index.loc[index["split"] == "test", "id"])
    assert table["detector"].unique().tolist() == [*parameters.detectors, "combined"]
    for name, own in table.groupby("detector"):
        calibrated = set() if name == "combined" else calibration
        assert set(own.loc[own["split"] == "calibration", "id"]) == calibrated
        assert set(own.loc[own["split"] == "test", "id"]) == test
        assert len(own) == len(calibrated) + len(test)
    assert (table["is_anomaly"] == ~table["label"].isin([0, 1])).all()


def test_flags_and_p_values_come_from_the_calibration_split(results, parameters):
    for name, own in results["image_anomaly_scores"].groupby("detector"):
        if name == "combined":
            assert (own["flag"] == (own["p_value"] <= parameters.false_positive_rates[0])).all()
            continue
        calibration = own.loc[own["split"] == "calibration", "score"]
        test = own[own["split"] == "test"]
        np.testing.assert_array_equal(
            test["p_value"], conformal_p_values(calibration, test["score"])
        )
        np.testing.assert_array_equal(
            test["flag"], test["p_value"] <= parameters.false_positive_rates[0]
        )
        assert own.loc[own["split"] == "calibration", "p_value"].isna().all()


def test_labels_of_the_test_split_change_no_score_and_no_threshold(small_digits, quick, tmp_path):
    changed = small_digits.index.copy()
    in_test = changed["split"] == "test"
    for column in ("label", "class_name"):
        changed.loc[in_test, column] = np.roll(changed.loc[in_test, column], 7)
    outcomes = []
    for index in (small_digits.index, changed):
        artifact, estimators, _ = fit_detectors(IMAGES, small_digits.images, index, quick, tmp_path)
        table = score_items(IMAGES, small_digits.images, index, artifact, estimators, quick)
        outcomes.append(table[["id", "detector", "score", "flag"]])
    assert outcomes[0].equals(outcomes[1])


def test_fitting_sees_normal_training_images_only(small_digits, parameters, tmp_path, monkeypatch):
    """Every other image is blackened: had any been looked at, the detectors would differ."""
    index = small_digits.index
    allowed = (index["split"] == "train") & index["label"].isin([0, 1])
    assert 0 < allowed.sum() < len(index)
    blackened = np.array(small_digits.images)
    blackened[~allowed] = 0
    monkeypatch.setattr("kizu.preprocessing.splits.check_disjoint", lambda *_: None)
    first, first_estimators, _ = fit_detectors(
        IMAGES, small_digits.images, index, parameters, tmp_path / "first"
    )
    second, second_estimators, _ = fit_detectors(
        IMAGES, blackened, index, parameters, tmp_path / "second"
    )
    assert first["config"] == second["config"]
    assert list(first["tensors"]) == list(second["tensors"])
    for name, tensor in first["tensors"].items():
        np.testing.assert_array_equal(tensor, second["tensors"][name])
    scores = [
        score_items(IMAGES, small_digits.images, index, artifact, estimators, parameters)["score"]
        for artifact, estimators in ((first, first_estimators), (second, second_estimators))
    ]
    assert scores[0].equals(scores[1])


def test_the_images_handed_to_fit_are_those_ids(small_digits, quick, tmp_path, monkeypatch):
    handed = []

    class Recorder:
        def fit(self, images):
            handed.append(images)
            return self

        def state(self):
            return {"config": {}, "tensors": {}, "estimators": {}}

    monkeypatch.setattr("kizu.detection.packing.build_detector", lambda *_: Recorder())
    fit_detectors(IMAGES, small_digits.images, small_digits.index, quick, tmp_path)
    id_of = {
        image.tobytes(): identity
        for image, identity in zip(small_digits.images, small_digits.index["id"], strict=True)
    }
    index = small_digits.index.set_index("id")
    for images in handed:
        seen = index.loc[[id_of[image.tobytes()] for image in images]]
        assert set(seen["split"]) == {"train"}
        assert set(seen["label"]) == {0, 1}
        assert len(seen) == 24
    assert len(handed) == len(QUICK)


def test_an_image_in_two_splits_is_refused(small_digits, quick, tmp_path):
    images = np.array(small_digits.images)
    split = small_digits.index["split"]
    images[split.eq("test").idxmax()] = images[split.eq("train").idxmax()]
    with pytest.raises(SplitError, match="have the same content"):
        fit_detectors(IMAGES, images, small_digits.index, quick, tmp_path)


def test_too_small_a_calibration_split_fails_before_any_training(
    small_digits, parameters, tmp_path, monkeypatch
):
    strict = parameters.model_copy(update={"false_positive_rates": [0.05]})
    monkeypatch.setattr("kizu.detection.packing.build_detector", None)
    with pytest.raises(ValueError, match=r"12 calibration scores .* at least 19 are needed"):
        fit_detectors(IMAGES, small_digits.images, small_digits.index, strict, tmp_path)


def test_unknown_normal_class_names_the_choices(small_digits, quick, tmp_path):
    wrong = quick.model_copy(update={"normal_classes": ["0", "12"]})
    with pytest.raises(ValueError, match=r"names \['12'\], which no item has; choose from: 0, 1,"):
        fit_detectors(IMAGES, small_digits.images, small_digits.index, wrong, tmp_path)


def test_examples_point_at_their_pictures(results, small_digits):
    examples = results["image_examples"]
    reconstructions, residuals = (
        results["image_reconstructions"],
        results["image_explanations"],
    )
    assert len(examples) == len(reconstructions) == len(residuals)
    reconstructing = {
        "anogan",
        "efficient_gan",
        "autoencoder",
        "pixel_neighbors",
        "pixel_components",
    }
    assert set(examples["detector"]) == {*reconstructing, "patch_bank", "gradient_neighbors"}
    shown = examples["reconstructed"].to_numpy()
    assert (shown == examples["detector"].isin(reconstructing)).all()
    rows = small_digits.index.set_index("id").index.get_indexer(examples["id"])
    difference = np.abs(small_digits.images[rows].astype(float) - reconstructions)[:, 0] / 255
    np.testing.assert_allclose(residuals[shown], difference[shown], atol=1e-6)
    assert (difference[~shown] == 0).all()
    tested = results["image_anomaly_scores"].query("split == 'test'").set_index(["detector", "id"])
    for example in examples.itertuples():
        row = tested.loc[(example.detector, example.id)]
        if example.group == "missed":
            assert row["is_anomaly"] == 1
            assert not row["flag"]
        if example.group == "false_alarm":
            assert row["is_anomaly"] == 0
            assert row["flag"]
    top = examples.query("group == 'most_anomalous' and rank == 0").set_index("detector")["id"]
    for detector, identity in top.items():
        assert tested.loc[detector]["score"].max() == tested.loc[(detector, identity), "score"]


def test_without_a_reconstructing_detector_there_are_no_examples(small_digits, quick, tmp_path):
    forest = quick.model_copy(update={"detectors": ["pixel_forest"]})
    images, index = small_digits
    artifact, estimators, history = fit_detectors(IMAGES, images, index, forest, tmp_path)
    table = score_items(IMAGES, images, index, artifact, estimators, forest)
    examples, residuals, reconstructions = explain_images(
        IMAGES, images, index, table, artifact, estimators, forest
    )
    assert list(examples.columns) == [
        "detector",
        "group",
        "rank",
        "id",
        "row",
        "alike",
        "reconstructed",
    ]
    assert len(examples) == 0
    assert residuals.shape == (0,)
    assert reconstructions.shape == (0, 1, 16, 16)
    assert history == []


def test_the_same_again_byte_by_byte(stage, run_stage):
    (first, _), (second, _) = stage, run_stage()
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(files) == len(catalog_entries()) + 1  # a model is two files
    assert files == sorted(p.relative_to(second) for p in second.rglob("*") if p.is_file())
    for file in files:
        assert (first / file).read_bytes() == (second / file).read_bytes(), file


def test_planted_defects_are_measured_in_every_heat_map(results):
    metrics, explained = results["image_localization"], set(results["image_examples"]["detector"])
    # All normal test images: 6 of each of two digits.
    assert metrics["planted.images"] == 12
    assert {name.partition(".")[0] for name in metrics} - {"planted"} == explained
    for name in explained:
        assert 0 <= metrics[f"{name}.planted.pixel_auroc"] <= 1
        assert 0 <= metrics[f"{name}.planted.per_region_overlap"] <= 1
    # What was pasted in is not in the nearest normal image.
    assert metrics["pixel_neighbors.planted.pixel_auroc"] > 0.6
    assert results["image_detection_metrics"].items() >= metrics.items()


def test_masks_are_held_against_heat_maps(small_digits, quick, tmp_path):
    """A white square in some anomalous test images; the masks of others do not count."""
    images, index = np.array(small_digits.images), small_digits.index
    neighbors = quick.model_copy(update={"detectors": ["pixel_components"], "planted_defects": 0})
    anomalous = ~index["label"].isin([0, 1])
    marked = np.flatnonzero((index["split"] == "test") & anomalous)[[20, 3, 8]]
    blank = np.flatnonzero((index["split"] == "test") & ~anomalous)
    images[marked] = images[blank[:3]]
    images[marked, :, 11:14, 0:3] = 255
    elsewhere = np.flatnonzero(index["split"] == "train")[:1]
    masks = np.zeros((4, 16, 16), bool)
    masks[:3, 11:14, 0:3] = masks[3] = True
    mask_index = pd.DataFrame({"id": index["id"].to_numpy()[[*marked, *elsewhere]]})
    artifact, estimators, _ = fit_detectors(IMAGES, small_digits.images, index, neighbors, tmp_path)
    fitted = artifact, estimators, neighbors
    found = locate_defects(images, index, masks, mask_index, *fitted)
    assert found["masked.images"] == 3
    assert found["pixel_components.masked.pixel_auroc"] > 0.97
    assert found["pixel_components.masked.per_region_overlap"] > 0.9
    assert "planted.images" not in found
    swapped = locate_defects(images, index, masks[:3, ::-1], mask_index[:3], *fitted)
    assert swapped["pixel_components.masked.pixel_auroc"] < 0.6
    assert locate_defects(images, index, *no_masks(images), *fitted) == {}


def test_history_names_each_training(results):
    rows = results["detect_images_history"]
    detectors = {key.partition(".")[0] for row in rows for key in row} - {"step"}
    assert detectors == {
        "anogan",
        "efficient_gan",
        "autoencoder",
        "patch_bank",
        "feature_neighbors",
    }


def test_metrics_follow_the_scores(results, parameters):
    metrics, _, _ = measure_detection(
        results["image_anomaly_scores"],
        results["image_detector_variants"],
        results["image_detectors"],
        results["image_estimators"],
        parameters,
        results["image_localization"],
    )
    assert metrics == results["image_detection_metrics"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"detectors": ["anogan", "knn"]}, r"names \['knn'\]; choose from: anogan, "),
        ({"detectors": ["anogan", "anogan"]}, "detectors must name each value once"),
        ({"detectors": []}, "at least 1 item"),
        ({"normal_classes": [0, 0]}, "normal_classes must name each value once"),
        ({"false_positive_rates": [1.0]}, "less than 1"),
        ({"anogan": None}, "anogan"),
        ({"gan": {}}, "Extra inputs are not permitted"),
    ],
)
def test_wrong_parameters(shrunk_parameters, change, message):
    with pytest.raises(ValidationError, match=message):
        DetectImagesParameters(**{**shrunk_parameters["detect_images"], **change})


def test_every_detector_can_be_chosen():
    own = DetectImagesParameters.model_fields.keys() - DetectParameters.model_fields.keys()
    assert own - {"planted_defects", "planting_seed"} == set(IMAGE_DETECTORS)


def test_parameters_need_no_heavy_library():
    code = (
        "import sys, kizu.pipelines.detect_images.parameters, kizu.pipelines.detect_images.nodes;"
        "print([name for name in ('torch', 'sklearn', 'pandas') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert yaml.safe_load(shown.stdout) == []
