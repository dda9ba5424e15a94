"""What holds for every text detector."""

import numpy as np
import pytest

from kizu.datasets.model import ModelDataset
from kizu.detection.packing import build_detector, pack_detectors, unpack_detectors
from kizu.detection.protocol import NotFittedError, Trains
from kizu.detection.text.registry import TEXT_DETECTORS
from kizu.preprocessing.vocabulary import PADDING

every_detector = pytest.mark.parametrize("name", list(TEXT_DETECTORS))
EXPLAINING = ["transformer", "ngram", "tfidf_neighbors"]
TRAINED = ["transformer", "state_neighbors"]
UPDATABLE = ["ngram", "tfidf_neighbors"]
STRANGE = 3


@every_detector
def test_strange_lines_score_above_every_normal_one(name, fitted, unseen):
    scores = fitted(name).score(unseen)
    assert scores.shape == (len(unseen),)
    assert scores.dtype == np.float64
    assert scores[-STRANGE:].min() > scores[:-STRANGE].max()


@every_detector
def test_score_does_not_depend_on_batch_mates(name, fitted, unseen):
    detector = fitted(name)
    together = detector.score(unseen)
    alone = np.concatenate([detector.score(unseen[[row]]) for row in range(len(unseen))])
    np.testing.assert_allclose(alone, together, rtol=1e-6, atol=1e-12)
    order = np.random.default_rng(0).permutation(len(unseen))
    np.testing.assert_allclose(
        detector.score(unseen[order]), together[order], rtol=1e-6, atol=1e-12
    )


@every_detector
def test_fitting_again_gives_the_same_detector(name, fitted, parameters, normal, unseen):
    again = build_detector(TEXT_DETECTORS, name, parameters[name]).fit(normal)
    np.testing.assert_array_equal(again.score(unseen), fitted(name).score(unseen))


@every_detector
def test_explanation_points_at_what_no_normal_line_has(name, fitted, unseen):
    explained = fitted(name).explain(unseen)
    if name not in EXPLAINING:
        assert explained is None
        return
    assert explained.shape == (len(unseen), unseen.shape[2])
    assert explained.dtype == np.float32
    assert (explained >= 0).all()
    assert (explained[unseen[:, -1] == PADDING] == 0).all()
    # The lost one after a turn.
    assert explained[-STRANGE].argmax() == 1


def test_states_survive_storage(fitted, unseen, tmp_path):
    artifact, estimators = pack_detectors({name: fitted(name) for name in TEXT_DETECTORS})
    dataset = ModelDataset(filepath=tmp_path / "detectors")
    dataset.save(artifact)
    restored = unpack_detectors(TEXT_DETECTORS, dataset.load(), estimators)
    for name, detector in restored.items():
        np.testing.assert_array_equal(detector.score(unseen), fitted(name).score(unseen))
        if name in EXPLAINING:
            np.testing.assert_array_equal(detector.explain(unseen), fitted(name).explain(unseen))


@every_detector
def test_not_fitted(name, parameters, unseen):
    detector = build_detector(TEXT_DETECTORS, name, parameters[name])
    with pytest.raises(NotFittedError, match="is not fitted: call fit first"):
        detector.score(unseen)
    with pytest.raises(NotFittedError):
        detector.state()


@every_detector
@pytest.mark.parametrize(
    "items",
    [np.zeros((2, 2, 4), np.float32), np.zeros((2, 4), np.int32), np.zeros((0, 2, 4), np.int32)],
)
def test_bad_items_are_refused(name, fitted, parameters, items):
    with pytest.raises(ValueError, match=r"tokens must be an array of integers \(N, W, L\)"):
        fitted(name).score(items)
    with pytest.raises(ValueError, match="tokens must be an array of integers"):
        build_detector(TEXT_DETECTORS, name, parameters[name]).fit(items)


@every_detector
def test_items_of_another_shape_are_refused(name, fitted):
    with pytest.raises(ValueError, match=r"tokens must be \(N, 2, 4\) .* got \(2, 1, 4\)"):
        fitted(name).score(np.zeros((2, 1, 4), np.int32))


@every_detector
def test_a_line_without_tokens_has_a_score(name, fitted):
    empty = np.full((1, 2, 4), PADDING, np.int32)
    assert np.isfinite(fitted(name).score(empty)).all()


@every_detector
def test_history_names_the_detector(name, fitted):
    detector = fitted(name)
    assert isinstance(detector, Trains) == (name in TRAINED)
    if isinstance(detector, Trains):
        assert set(detector.history[-1]) == {"step", f"{name}.loss"}


@pytest.mark.parametrize("name", TRAINED)
def test_finished_training_is_loaded_from_its_checkpoint(
    name, fitted, parameters, normal, unseen, tmp_path, monkeypatch
):
    build_detector(TEXT_DETECTORS, name, parameters[name], tmp_path).fit(normal)

    def never(*_):
        raise AssertionError("trained again")

    monkeypatch.setattr("kizu.detection.named_task.NamedTask.step", never)
    second = build_detector(TEXT_DETECTORS, name, parameters[name], tmp_path).fit(normal)
    np.testing.assert_array_equal(second.score(unseen), fitted(name).score(unseen))


@pytest.mark.parametrize("name", ["state_neighbors", "tfidf_neighbors"])
def test_too_few_lines_for_the_neighbors(name, parameters, normal):
    with pytest.raises(
        ValueError, match="neighbors=3 needs at least as many normal samples, got 2"
    ):
        build_detector(TEXT_DETECTORS, name, parameters[name]).fit(normal[:2])


@pytest.mark.parametrize("name", UPDATABLE)
@pytest.mark.parametrize("cut", [3, 40])
def test_updated_it_scores_as_if_all_had_been_fitted_on(
    name, cut, fitted, parameters, normal, unseen
):
    detector = build_detector(TEXT_DETECTORS, name, parameters[name]).fit(normal[:cut])
    # One by one, and the rest at once; what only later lines have is new to the first ones.
    for row in range(cut, cut + 5):
        detector.update(normal[[row]])
    detector.update(normal[cut + 5 :])
    np.testing.assert_array_equal(detector.score(unseen), fitted(name).score(unseen))
    state, expected = detector.state()["tensors"], fitted(name).state()["tensors"]
    assert state.keys() == expected.keys()
    for key, tensor in expected.items():
        np.testing.assert_array_equal(state[key], tensor)
        assert state[key].dtype == tensor.dtype


@pytest.mark.parametrize("name", UPDATABLE)
def test_an_update_needs_a_fit_and_the_same_shape(name, parameters, normal):
    detector = build_detector(TEXT_DETECTORS, name, parameters[name])
    with pytest.raises(NotFittedError):
        detector.update(normal)
    detector.fit(normal)
    with pytest.raises(ValueError, match=r"tokens must be \(N, 2, 4\) .* got \(5, 1, 4\)"):
        detector.update(normal[:5, 1:])
