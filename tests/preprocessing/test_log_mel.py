"""Batched log-mel features against librosa's, clip by clip."""

import librosa
import numpy as np
import pytest
import torch
from pydantic import ValidationError

from kizu.preprocessing.log_mel import LogMel, LogMelParameters

RATE = 8000
DECIBELS = 1e-4


def parameters(**changes) -> LogMelParameters:
    return LogMelParameters(
        **(
            {
                "window_length": 256,
                "hop_length": 128,
                "bands": 40,
                "lowest_frequency": 0.0,
                "highest_frequency": None,
                "dynamic_range": 80.0,
                "centered": True,
            }
            | changes
        )
    )


def sounds(samples: int) -> np.ndarray:
    """Noise, tones alone and in faint noise, a click, silence: (8, samples)."""
    random = np.random.default_rng(samples)
    time = np.arange(samples) / RATE
    tones = np.sin(2 * np.pi * random.uniform(50, 3900, (4, 1)) * time)
    tones[2:] += 1e-3 * random.standard_normal((2, samples))
    click = np.zeros(samples)
    click[samples // 2] = 1
    quiet = 1e-3 * random.standard_normal(samples)
    noise = random.standard_normal(samples)
    return np.stack([noise, *tones, click, quiet, np.zeros(samples)]).astype(np.float32)


def reference(clip: np.ndarray, chosen: LogMelParameters) -> np.ndarray:
    energies = librosa.feature.melspectrogram(
        y=clip,
        sr=RATE,
        n_fft=chosen.window_length,
        hop_length=chosen.hop_length,
        n_mels=chosen.bands,
        fmin=chosen.lowest_frequency,
        fmax=chosen.highest_frequency,
        center=chosen.centered,
    )
    return librosa.power_to_db(energies, top_db=chosen.dynamic_range)


@pytest.mark.parametrize("samples", [1000, 3999, 4000, 4001])
@pytest.mark.parametrize("centered", [True, False])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"window_length": 512, "hop_length": 100, "bands": 64},
        {"window_length": 401, "hop_length": 160, "bands": 20},
        {"lowest_frequency": 100.0, "highest_frequency": 3000.0, "dynamic_range": 40.0},
    ],
)
def test_the_features_are_librosas(changes: dict, centered: bool, samples: int) -> None:
    chosen = parameters(centered=centered, **changes)
    clips = sounds(samples)
    transform = LogMel(RATE, chosen)

    features = transform(clips)

    expected = np.stack([reference(clip, chosen) for clip in clips])
    assert features.dtype == np.float32
    assert features.shape == expected.shape == (len(clips), *transform.shape(samples))
    assert np.abs(features - expected).max() <= DECIBELS


def test_a_clip_has_the_same_features_in_any_company(monkeypatch: pytest.MonkeyPatch) -> None:
    clips = sounds(2000)
    transform = LogMel(RATE, parameters())
    together = transform(clips)

    alone = np.concatenate([transform(clips[row : row + 1]) for row in range(len(clips))])
    monkeypatch.setattr("kizu.preprocessing.log_mel._BLOCK_BYTES", 3 * 16 * 256 * 8)
    in_threes = transform(clips)

    assert np.abs(alone - together).max() <= DECIBELS
    assert np.abs(in_threes - together).max() <= DECIBELS


def test_the_number_of_threads_stays_as_it_was() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    try:
        LogMel(RATE, parameters())(sounds(2000))
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)


def test_no_clips_have_no_features() -> None:
    assert LogMel(RATE, parameters())(np.empty((0, 2000), np.float32)).shape == (0, 40, 16)


@pytest.mark.parametrize(("centered", "samples"), [(False, 255), (True, 0)])
def test_a_clip_shorter_than_a_frame_is_refused(centered: bool, samples: int) -> None:
    with pytest.raises(ValueError, match=f"{samples} samples is shorter than a frame of 256"):
        LogMel(RATE, parameters(centered=centered))(np.zeros((1, samples), np.float32))


@pytest.mark.parametrize("edge", [{"lowest_frequency": 4000.0}, {"highest_frequency": 4000.1}])
def test_bands_above_half_the_rate_are_refused(edge: dict) -> None:
    with pytest.raises(ValueError, match="it holds frequencies up to 4000 Hz"):
        LogMel(RATE, parameters(**edge))


def test_band_edges_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValidationError, match="must be above lowest_frequency, 500 Hz"):
        parameters(lowest_frequency=500.0, highest_frequency=500.0)
