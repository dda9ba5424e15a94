"""What holds for every image detector."""

import numpy as np
import pytest
from skops import io as skops_io

from kizu.detection.images.registry import IMAGE_DETECTORS
from kizu.detection.packing import build_detector, pack_detectors, unpack_detectors
from kizu.detection.protocol import NotFittedError, Reconstructs, Trains

every_detector = pytest.mark.parametrize("name", list(IMAGE_DETECTORS))
RECONSTRUCTING = [
    "anogan",
    "f_anogan",
    "efficient_gan",
    "autoencoder",
    "variational_autoencoder",
    "diffusion_reconstruction",
    "pixel_neighbors",
    "pixel_components",
]
# Heat maps of parts that lie far from all normal ones, without a picture of what should be there.
MAPPING = ["patch_bank", "gradient_neighbors"]
TRAINED = [
    "anogan",
    "f_anogan",
    "efficient_gan",
    "autoencoder",
    "variational_autoencoder",
    "diffusion_reconstruction",
    "patch_bank",
    "feature_neighbors",
    "feature_gaussian",
]


# Three steps teach no network to reconstruct; the others need no more.
@pytest.mark.parametrize(
    "name",
    [
        "patch_bank",
        "feature_neighbors",
        "feature_gaussian",
        "gradient_neighbors",
        "pixel_neighbors",
        "pixel_components",
        "pixel_forest",
    ],
)
def test_noise_scores_above_every_normal_image(name, fitted, unseen):
    scores = fitted(name).score(unseen)
    assert scores.shape == (7,)
    assert scores.dtype == np.float64
    assert scores[4:].min() > scores[:4].max()


@every_detector
def test_score_does_not_depend_on_batch_mates(name, fitted, unseen):
    detector = fitted(name)
    together = detector.score(unseen)
    alone = np.concatenate([detector.score(unseen[[row]]) for row in range(len(unseen))])
    np.testing.assert_allclose(alone, together, rtol=1e-6)
    order = np.random.default_rng(0).permutation(len(unseen))
    np.testing.assert_allclose(detector.score(unseen[order]), together[order], rtol=1e-6)


@every_detector
def test_scoring_changes_nothing(name, fitted, unseen):
    detector = fitted(name)
    before = {key: value.copy() for key, value in detector.state()["tensors"].items()}
    first = detector.score(unseen)
    detector.explain(unseen)
    np.testing.assert_array_equal(detector.score(unseen), first)
    after = detector.state()["tensors"]
    assert list(after) == list(before)
    for key in before:
        np.testing.assert_array_equal(after[key], before[key])


@every_detector
def test_fitting_again_gives_the_same_detector(name, fitted, parameters, normal, unseen):
    again = build_detector(IMAGE_DETECTORS, name, parameters[name]).fit(normal)
    np.testing.assert_array_equal(again.score(unseen), fitted(name).score(unseen))


@every_detector
def test_explanation(name, fitted, unseen):
    detector = fitted(name)
    residuals = detector.explain(unseen)
    assert isinstance(detector, Reconstructs) == (name in RECONSTRUCTING)
    if name not in RECONSTRUCTING + MAPPING:
        assert residuals is None
        return
    assert residuals.shape == (7, 16, 16)
    assert residuals.dtype == np.float32
    assert residuals.min() >= 0
    if name in MAPPING:
        return
    reconstructions = detector.reconstruct(unseen)
    assert reconstructions.shape == unseen.shape
    assert reconstructions.dtype == np.uint8
    difference = np.abs(unseen.astype(float) - reconstructions.astype(float))[:, 0] / 255
    np.testing.assert_allclose(residuals, difference, atol=1e-6)


def test_pixel_neighbors_reconstruct_a_known_image_as_itself(fitted, normal):
    np.testing.assert_array_equal(fitted("pixel_neighbors").reconstruct(normal), normal)


def test_states_survive_storage(fitted, unseen):
    """All detectors in one artifact; the scikit-learn objects through skops."""
    detectors = {name: fitted(name) for name in IMAGE_DETECTORS}
    artifact, estimators = pack_detectors(detectors)
    stored = skops_io.loads(skops_io.dumps(estimators), trusted=["sklearn.tree._tree.Tree"])
    restored = unpack_detectors(IMAGE_DETECTORS, artifact, stored)
    assert list(restored) == list(detectors)
    for name, detector in restored.items():
        np.testing.assert_array_equal(detector.score(unseen), fitted(name).score(unseen))


def test_unknown_detector_names_the_choices(parameters):
    with pytest.raises(ValueError, match="detector 'gan' is unknown; choose from: anogan, "):
        build_detector(IMAGE_DETECTORS, "gan", parameters["anogan"])
    with pytest.raises(ValueError, match="detector 'gan' is unknown"):
        unpack_detectors(IMAGE_DETECTORS, {"config": {"gan": {}}, "tensors": {}}, {})


@every_detector
def test_not_fitted(name, parameters, unseen):
    detector = build_detector(IMAGE_DETECTORS, name, parameters[name])
    with pytest.raises(NotFittedError, match="is not fitted: call fit first"):
        detector.score(unseen)
    with pytest.raises(NotFittedError):
        detector.state()


@every_detector
@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 1, 16, 16), np.float32),
        np.zeros((2, 16, 16), np.uint8),
        np.zeros((0, 1, 16, 16), np.uint8),
    ],
)
def test_bad_images_are_refused(name, fitted, parameters, images):
    with pytest.raises(ValueError, match=r"images must be a uint8 array \(N, C, H, W\)"):
        fitted(name).score(images)
    with pytest.raises(ValueError, match="images must be a uint8 array"):
        build_detector(IMAGE_DETECTORS, name, parameters[name]).fit(images)


@every_detector
def test_images_of_another_size_are_refused(name, fitted):
    with pytest.raises(ValueError, match=r"images must be \(N, 1, 16, 16\) .* got \(2, 3, 16, 16"):
        fitted(name).score(np.zeros((2, 3, 16, 16), np.uint8))


@pytest.mark.parametrize("name", TRAINED)
def test_training_needs_square_images(name, parameters):
    with pytest.raises(ValueError, match="as high as wide"):
        build_detector(IMAGE_DETECTORS, name, parameters[name]).fit(
            np.zeros((8, 1, 16, 20), np.uint8)
        )


@every_detector
def test_history_names_the_detector(name, fitted):
    detector = fitted(name)
    assert isinstance(detector, Trains) == (name in TRAINED)
    if isinstance(detector, Trains):
        assert detector.history[-1]["step"] == 3
        metrics = set(detector.history[-1]) - {"step"}
        assert metrics
        assert all(metric.startswith(f"{name}.") for metric in metrics)


@pytest.mark.parametrize("name", TRAINED)
def test_finished_training_is_loaded_from_its_checkpoint(
    name, fitted, parameters, normal, unseen, tmp_path, monkeypatch
):
    first = build_detector(IMAGE_DETECTORS, name, parameters[name], tmp_path).fit(normal)
    assert any((tmp_path / name).iterdir())

    def never(*_):
        raise AssertionError("trained again")

    monkeypatch.setattr("kizu.detection.named_task.NamedTask.step", never)
    second = build_detector(IMAGE_DETECTORS, name, parameters[name], tmp_path).fit(normal)
    np.testing.assert_array_equal(second.score(unseen), fitted(name).score(unseen))
    assert second.history == first.history


@pytest.mark.parametrize("name", ["pixel_neighbors", "feature_neighbors"])
def test_too_few_images_for_the_neighbors(name, parameters, normal):
    with pytest.raises(
        ValueError, match="neighbors=3 needs at least as many normal samples, got 2"
    ):
        build_detector(IMAGE_DETECTORS, name, parameters[name]).fit(normal[:2])
