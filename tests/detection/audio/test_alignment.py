"""Clips made comparable in level, place and length."""

import numpy as np
import pytest

from kizu.detection.audio.alignment import align, relative_levels
from kizu.detection.audio.neighbors import AlignedNeighbors
from kizu.detection.audio.parameters import AlignedNeighborsParameters

OPTIONS = {"dynamic_range": 60.0, "active_range": 30.0, "frames": 5}


def word(start: int, length: int, peak: float = -10.0) -> np.ndarray:
    """Make a clip (4, 40) of silence with a sound that rises in pitch."""
    clip = np.full((4, 40), -100.0, np.float32)
    at = np.linspace(0, 3, length)
    for band in range(4):
        clip[band, start : start + length] = peak - 8 * np.abs(at - band)
    return clip


def test_loudness_makes_no_difference():
    quiet, loud = word(5, 20, peak=-40.0), word(5, 20, peak=0.0)
    levels = relative_levels(np.stack([quiet, loud]), 60.0)
    np.testing.assert_allclose(levels[0], levels[1])
    assert levels.min() == 0
    assert levels.max() == 60


def test_place_and_length_make_no_difference():
    aligned = align(np.stack([word(0, 9), word(20, 17), word(3, 33)]), **OPTIONS)
    assert aligned.levels.shape == (3, 4, 5)
    np.testing.assert_allclose(aligned.levels[1:], aligned.levels[[0, 0]], atol=1e-4)
    np.testing.assert_allclose(aligned.positions[1], [20, 24, 28, 32, 36])


def test_between_frames_levels_are_interpolated():
    clip = np.array([[[0.0, -10.0, 0.0]]], np.float32)
    aligned = align(clip, **OPTIONS)
    np.testing.assert_allclose(aligned.levels[0, 0], [60, 55, 50, 55, 60])


def test_silence_is_all_active():
    aligned = align(np.full((1, 4, 9), -100.0, np.float32), **OPTIONS)
    assert np.isfinite(aligned.levels).all()
    np.testing.assert_allclose(aligned.positions[0], [0, 2, 4, 6, 8])


@pytest.fixture
def detector():
    """Neighbors that know the word in all places and lengths."""
    parameters = AlignedNeighborsParameters(neighbors=1, cepstra=3, **OPTIONS)
    words = [word(start, length) for start in (0, 4) for length in (9, 17, 33)]
    return AlignedNeighbors(parameters).fit(np.stack(words))


def test_parts_sum_to_the_squared_distance_and_lie_in_the_active_part(detector):
    backwards = word(10, 17)[::-1].copy()[np.newaxis]
    (score,) = detector.score(backwards)
    assert score > 10
    parts = detector.explain(backwards)
    np.testing.assert_allclose(parts.sum(), score**2, rtol=1e-5)
    assert (parts[0, :, :10] == 0).all()
    assert (parts[0, :, 27:] == 0).all()


def test_a_known_word_elsewhere_is_normal(detector):
    assert detector.score(word(20, 13)[np.newaxis])[0] < 1


def test_more_cepstra_than_bands_are_refused():
    parameters = AlignedNeighborsParameters(neighbors=1, cepstra=4, **OPTIONS)
    with pytest.raises(ValueError, match="cepstra=4 must be less than the 4 bands"):
        AlignedNeighbors(parameters).fit(word(0, 9)[np.newaxis])
