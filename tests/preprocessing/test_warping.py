"""Pitch, tempo and frequency warps, heard by their loudest frequency."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kizu.preprocessing.spectrograms import mel_decibels, stft_decibels
from kizu.preprocessing.warping import pitch_shift, time_stretch, unwarp, warp, warp_frequencies
from kizu.preprocessing.waveforms import Waveform, rms

RATE = 8000


def tone(frequency: float) -> Waveform:
    time = np.arange(2 * RATE) / RATE
    return Waveform((0.5 * np.sin(2 * np.pi * frequency * time)).astype(np.float32), RATE)


def loudest(sound: Waveform) -> float:
    spectrum = np.abs(np.fft.rfft(sound.samples * np.hanning(len(sound.samples))))
    return float(spectrum.argmax() * RATE / len(sound.samples))


@pytest.mark.parametrize("semitones", [10.0, -5.0])
def test_a_shifted_pitch_is_semitones_away_and_as_long(semitones: float) -> None:
    shifted = pitch_shift(tone(500), semitones=semitones)

    assert shifted.samples.shape == (2 * RATE,)
    assert shifted.samples.dtype == np.float32
    assert loudest(shifted) == pytest.approx(500 * 2 ** (semitones / 12), rel=0.01)


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_a_stretched_tone_keeps_its_pitch(speed: float) -> None:
    stretched = time_stretch(tone(500), speed=speed)

    assert len(stretched.samples) == 2 * RATE / speed
    assert loudest(stretched) == pytest.approx(500, rel=0.01)


@pytest.mark.parametrize("factor", [0.8, 0.9, 1.1, 1.3])
def test_a_warped_tone_is_where_the_warp_says(factor: float) -> None:
    warped = warp_frequencies(tone(1000), factor=factor)

    assert warped.samples.shape == (2 * RATE,)
    assert warped.samples.dtype == np.float32
    assert loudest(warped) == pytest.approx(1000 * factor, abs=RATE / 512)
    assert rms(warped) == pytest.approx(rms(tone(1000)), rel=0.25)


def test_equal_sounds_stay_equal_and_a_factor_of_one_changes_nothing() -> None:
    first, second = (warp_frequencies(tone(700), factor=1.2) for _ in range(2))

    assert np.array_equal(first.samples, second.samples)
    assert np.array_equal(warp_frequencies(tone(700), factor=1.0).samples, tone(700).samples)


@given(st.floats(0.51, 1.99), st.floats(0, 1))
def test_the_warp_is_monotone_keeps_both_ends_and_has_its_inverse(factor, frequency) -> None:
    assert warp(np.array([0.0, 1.0]), factor).tolist() == [0, 1]
    assert unwarp(warp(np.array([frequency]), factor), factor)[0] == pytest.approx(frequency)
    assert (np.diff(warp(np.linspace(0, 1, 101), factor)) > 0).all()


def test_the_warp_multiplies_below_the_knee() -> None:
    frequencies = np.linspace(0, 0.5, 11)

    assert warp(frequencies, 0.9) == pytest.approx(0.9 * frequencies)
    assert warp(frequencies[:9], 1.4) == pytest.approx(1.4 * frequencies[:9])


def test_a_tone_is_a_line_in_its_spectrograms() -> None:
    sound = tone(1000)

    bins = stft_decibels(sound, window_length=512, hop_length=128)
    bands = mel_decibels(sound, window_length=512, hop_length=128, bands=40)

    assert bins.shape == (257, 126)
    assert (bins[:, 5:-5].argmax(axis=0) == 64).all()
    assert bands.shape == (40, 126)
    for decibels in (bins, bands):
        assert decibels.max() == pytest.approx(0, abs=1e-4)
        assert decibels.min() >= -80 - 1e-4
