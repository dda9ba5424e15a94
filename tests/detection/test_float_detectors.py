"""What holds for every detector of sounds and of rows."""

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import yaml
from skops import io as skops_io

from kizu.datasets.model import ModelDataset
from kizu.detection.audio.registry import AUDIO_DETECTORS
from kizu.detection.packing import build_detector, pack_detectors, unpack_detectors
from kizu.detection.protocol import Detector, Kinds, NotFittedError, Trains
from kizu.detection.tables.registry import TABLE_DETECTORS
from kizu.pipelines.detect_audio.parameters import DetectAudioParameters
from kizu.pipelines.detect_tables.parameters import DetectTablesParameters
from kizu.pipelines.detecting_parameters import DetectParameters

CONF = Path(__file__).parents[2] / "conf" / "base"
STRANGE = 3


class Modality(NamedTuple):
    """A modality's detectors, their parameters' type, and items (N, …) that are normal."""

    kinds: Kinds
    parameters: type[DetectParameters]
    shape: tuple[int, ...]
    called: str


MODALITIES = {
    "audio": Modality(AUDIO_DETECTORS, DetectAudioParameters, (8, 12), "spectrograms"),
    "tables": Modality(TABLE_DETECTORS, DetectTablesParameters, (6,), "rows"),
}
EVERY = [(m, name) for m, modality in MODALITIES.items() for name in modality.kinds]
TRAINED = [
    ("audio", "window_autoencoder"),
    ("audio", "temporal_autoencoder"),
    ("audio", "selective_mahalanobis"),
    ("tables", "autoencoder"),
    ("tables", "efficient_gan"),
]
every_detector = pytest.mark.parametrize(("modality", "name"), EVERY)
trained = pytest.mark.parametrize(("modality", "name"), TRAINED)


def normal_items(modality: str, count: int, seed: int) -> np.ndarray:
    """Draw items whose parts go together: a level of their own, a shape in common, some noise."""
    random = np.random.default_rng(seed)
    shape = MODALITIES[modality].shape
    common = np.random.default_rng(99).normal(0, 5, shape)
    level = random.normal(0, 1, (count, *[1] * len(shape)))
    return (common + level + random.normal(0, 0.5, (count, *shape))).astype(np.float32)


@pytest.fixture(scope="module")
def parameters(shrunk_parameters):
    """The parameters of a detector, small."""

    def of(modality: str, name: str) -> Any:
        stage = MODALITIES[modality].parameters(**shrunk_parameters[f"detect_{modality}"])
        return stage.of(name)

    return of


@pytest.fixture(scope="module")
def fitted(parameters):
    """A detector fitted to forty normal items, once: leave it as it is."""

    @cache
    def get(modality: str, name: str) -> Detector[np.ndarray]:
        detector = build_detector(MODALITIES[modality].kinds, name, parameters(modality, name))
        return detector.fit(normal_items(modality, 40, seed=0))

    return get


@pytest.fixture
def unseen(modality):
    """Eight items that were not fitted on, of which the last three fit nothing."""
    items = normal_items(modality, 8, seed=1)
    items[-STRANGE:] += np.random.default_rng(2).normal(0, 8, items[-STRANGE:].shape)
    return items


@every_detector
def test_strange_items_score_above_every_normal_one(modality, name, fitted, unseen):
    scores = fitted(modality, name).score(unseen)
    assert scores.shape == (8,)
    assert scores.dtype == np.float64
    assert scores[-STRANGE:].min() > scores[:-STRANGE].max()


@every_detector
def test_score_does_not_depend_on_batch_mates(modality, name, fitted, unseen):
    detector = fitted(modality, name)
    together = detector.score(unseen)
    alone = np.concatenate([detector.score(unseen[[row]]) for row in range(len(unseen))])
    np.testing.assert_allclose(alone, together, rtol=1e-6)
    order = np.random.default_rng(0).permutation(len(unseen))
    np.testing.assert_allclose(detector.score(unseen[order]), together[order], rtol=1e-6)


@every_detector
def test_scoring_changes_nothing(modality, name, fitted, unseen):
    detector = fitted(modality, name)
    before = {key: value.copy() for key, value in detector.state()["tensors"].items()}
    items = unseen.copy()
    first = detector.score(unseen)
    detector.explain(unseen)
    np.testing.assert_array_equal(unseen, items)
    np.testing.assert_array_equal(detector.score(unseen), first)
    after = detector.state()["tensors"]
    for key in before:
        np.testing.assert_array_equal(after[key], before[key])


@every_detector
def test_fitting_again_gives_the_same_detector(modality, name, fitted, parameters, unseen):
    again = build_detector(MODALITIES[modality].kinds, name, parameters(modality, name))
    again.fit(normal_items(modality, 40, seed=0))
    np.testing.assert_array_equal(again.score(unseen), fitted(modality, name).score(unseen))


@every_detector
def test_explanations_are_parts_of_items(modality, name, fitted, unseen):
    explained = fitted(modality, name).explain(unseen)
    assert explained.shape == unseen.shape
    assert explained.dtype == np.float32
    assert (explained >= 0).all()
    assert (explained[-STRANGE:] > 0).any(axis=tuple(range(1, explained.ndim))).all()


@pytest.mark.parametrize("modality", MODALITIES)
def test_states_survive_storage(modality, fitted, unseen, tmp_path):
    kinds = MODALITIES[modality].kinds
    artifact, estimators = pack_detectors({name: fitted(modality, name) for name in kinds})
    dataset = ModelDataset(filepath=tmp_path / "detectors")
    dataset.save(artifact)
    entries = yaml.safe_load((CONF / f"catalog_detect_{modality}.yml").read_text())
    trusted = entries[f"{modality.removesuffix('s')}_estimators"].get("trusted")
    stored = skops_io.loads(skops_io.dumps(estimators), trusted=trusted)
    for name, detector in unpack_detectors(kinds, dataset.load(), stored).items():
        original = fitted(modality, name)
        np.testing.assert_array_equal(detector.score(unseen), original.score(unseen))
        np.testing.assert_array_equal(detector.explain(unseen), original.explain(unseen))


@every_detector
def test_not_fitted(modality, name, parameters, unseen):
    detector = build_detector(MODALITIES[modality].kinds, name, parameters(modality, name))
    for attempt in (detector.score, detector.explain):
        with pytest.raises(NotFittedError, match="is not fitted: call fit first"):
            attempt(unseen)
    with pytest.raises(NotFittedError):
        detector.state()


@every_detector
@pytest.mark.parametrize("fault", ["type", "axes", "none", "nan", "infinite"])
def test_bad_items_are_refused(modality, name, fault, fitted, parameters, unseen):
    called = MODALITIES[modality].called
    bad = {
        "type": unseen.astype(np.float64),
        "axes": unseen[0],
        "none": unseen[:0],
        "nan": unseen.copy(),
        "infinite": unseen.copy(),
    }[fault]
    message = rf"{called} must be a float32 array \(N, "
    if fault in ("nan", "infinite"):
        bad[(2, *[1] * (bad.ndim - 1))] = np.nan if fault == "nan" else -np.inf
        message = rf"{called} must be finite, got (nan|-inf) in (row|clip) 2, (feature|band) 1"
    with pytest.raises(ValueError, match=message):
        fitted(modality, name).score(bad)
    fresh = build_detector(MODALITIES[modality].kinds, name, parameters(modality, name))
    with pytest.raises(ValueError, match=message):
        fresh.fit(bad)


@every_detector
def test_items_of_another_shape_are_refused(modality, name, fitted, unseen):
    with pytest.raises(ValueError, match=r"must be \(N, .* as those the detector was fitted on"):
        fitted(modality, name).score(unseen[..., :-1].copy())


@every_detector
def test_a_part_that_never_varied_does_no_harm(modality, name, parameters):
    """A category that no normal item has, a band without sound."""
    normal, new = (normal_items(modality, count, seed) for count, seed in ((40, 0), (8, 1)))
    normal[:, 0] = new[:, 0] = 3.0
    detector = build_detector(MODALITIES[modality].kinds, name, parameters(modality, name))
    before = detector.fit(normal).score(new)
    assert np.isfinite(before).all()
    assert np.isfinite(detector.explain(new)).all()
    changed = new.copy()
    changed[:, 0] = 40.0
    after = detector.score(changed)
    assert np.isfinite(after).all()
    if name != "forest":  # no tree splits where nothing varies
        assert (after > before).all()


@every_detector
def test_only_what_trains_has_a_history(modality, name, fitted):
    detector = fitted(modality, name)
    assert isinstance(detector, Trains) == ((modality, name) in TRAINED)
    if isinstance(detector, Trains):
        metrics = set(detector.history[-1]) - {"step"}
        assert metrics
        assert all(metric.startswith(f"{name}.") for metric in metrics)


@trained
def test_finished_training_is_loaded_from_its_checkpoint(
    modality, name, fitted, parameters, unseen, tmp_path, monkeypatch
):
    kinds, own = MODALITIES[modality].kinds, parameters(modality, name)
    normal = normal_items(modality, 40, seed=0)
    first = build_detector(kinds, name, own, tmp_path).fit(normal)

    def never(*_):
        raise AssertionError("trained again")

    monkeypatch.setattr("kizu.detection.named_task.NamedTask.step", never)
    second = build_detector(kinds, name, own, tmp_path).fit(normal)
    np.testing.assert_array_equal(second.score(unseen), fitted(modality, name).score(unseen))
    assert second.history == first.history
