"""Operations on waveforms, against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kizu.preprocessing.audio_steps import AUDIO_STEPS
from kizu.preprocessing.steps import apply_steps, parse_steps
from kizu.preprocessing.waveforms import (
    Waveform,
    amplitude_spectrum,
    clip,
    cut,
    describe,
    fit_length,
    frame_rms,
    resample,
    rms,
    to_mono,
)

RATE = 8000


def tone(frequency: float, seconds: float = 1.0, rate: int = RATE, amplitude: float = 0.5):
    time = np.arange(round(seconds * rate)) / rate
    return Waveform((amplitude * np.sin(2 * np.pi * frequency * time)).astype(np.float32), rate)


def test_a_waveform_is_described() -> None:
    left = np.array([0.5, -0.25], np.float32)

    assert describe(Waveform(np.stack([left, left / 2]), 96_000)) == {
        "rate": 96_000,
        "channels": 2,
        "samples": 2,
        "seconds": 2 / 96_000,
        "minimum": -0.25,
        "maximum": 0.5,
    }
    with pytest.raises(ValueError, match="no samples"):
        describe(Waveform(np.empty(0, np.float32), RATE))


def test_a_span_is_cut_to_the_sample_and_not_beyond_the_end() -> None:
    ramp = Waveform(np.arange(8000, dtype=np.float32), RATE)

    assert cut(ramp, start=0.25, seconds=0.5).samples.tolist() == list(range(2000, 6000))
    assert len(cut(ramp, start=0.0, seconds=1.0).samples) == 8000
    with pytest.raises(ValueError, match=r"0\.75 s to 1\.25 s.*ends at 1 s"):
        cut(ramp, start=0.75, seconds=0.5)


def test_mono_is_the_mean_of_the_channels() -> None:
    stereo = Waveform(np.array([[1, 0.5], [0, -0.5]], np.float32), RATE)

    mono = to_mono(stereo)

    assert mono.samples.tolist() == [0.5, 0.0]
    assert mono.samples.dtype == np.float32
    assert to_mono(mono) is mono


@pytest.mark.parametrize("rate", [44_100, 22_050, 8_000, 11_025])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_tone_is_the_same_tone_at_another_rate(rate: int, channels: int) -> None:
    sound = tone(1000, rate=16_000)
    if channels == 2:
        sound = Waveform(np.stack([sound.samples, -sound.samples]), sound.rate)

    moved = resample(sound, rate=rate)

    expected = tone(1000, rate=rate).samples
    middle = slice(rate // 10, -rate // 10)  # both ends ring: there is nothing beyond them
    first = moved.samples if channels == 1 else moved.samples[0]
    assert moved.rate == rate
    assert moved.samples.shape[-1] == rate
    assert moved.samples.dtype == np.float32
    assert np.abs(first[middle] - expected[middle]).max() < 1e-4
    if channels == 2:
        assert np.array_equal(moved.samples[1], -first)


def test_a_tone_above_the_new_nyquist_frequency_is_gone() -> None:
    left = resample(tone(5000, rate=44_100), rate=8000)

    # The tone's sudden start and end hold every frequency, and remain.
    assert np.abs(left.samples[1000:-1000]).max() < 1e-4


@given(st.integers(0, 500), st.integers(1, 500), st.integers(1, 2))
def test_every_length_becomes_the_asked_one(given_length, asked, channels) -> None:
    samples = np.arange(1, 1 + given_length * channels, dtype=np.float32)
    shape = (given_length,) if channels == 1 else (channels, given_length)

    fitted = fit_length(Waveform(samples.reshape(shape), RATE), seconds=asked / RATE).samples

    kept = min(given_length, asked)
    assert fitted.shape == (*shape[:-1], asked)
    assert np.array_equal(fitted[..., :kept], samples.reshape(shape)[..., :kept])
    assert not fitted[..., kept:].any()


def test_clipping_cuts_both_ends_off() -> None:
    samples = np.array([-1, -0.5, 0.1, 2], np.float32)

    clipped = clip(Waveform(samples, RATE), limit=0.5).samples

    assert clipped.tolist() == pytest.approx([-0.5, -0.5, 0.1, 0.5])


def test_the_rms_of_a_sine_is_its_amplitude_over_the_square_root_of_two() -> None:
    sound = tone(100, amplitude=0.8)

    assert rms(sound) == pytest.approx(0.8 / np.sqrt(2), rel=1e-6)
    frames = frame_rms(sound, frame_length=400, hop_length=200)
    assert frames.shape == (1 + (8000 - 400) // 200,)
    assert frames == pytest.approx(0.8 / np.sqrt(2), rel=1e-5)


def test_frames_follow_the_loudness() -> None:
    samples = np.concatenate([np.zeros(100), np.ones(100)]).astype(np.float32)

    loudness = frame_rms(Waveform(samples, RATE), frame_length=100, hop_length=50)

    assert loudness == pytest.approx([0, np.sqrt(0.5), 1])


@pytest.mark.parametrize("length", [8000, 7999])
def test_the_amplitude_spectrum_shows_a_tones_amplitude(length: int) -> None:
    time = np.arange(length) / length
    samples = 0.25 + 0.5 * np.sin(2 * np.pi * 300 * time)

    frequencies, amplitudes = amplitude_spectrum(Waveform(samples.astype(np.float32), length))

    assert frequencies[300] == pytest.approx(300)
    assert amplitudes[300] == pytest.approx(0.5, abs=1e-6)
    assert amplitudes[0] == pytest.approx(0.25, abs=1e-6)
    amplitudes[[0, 300]] = 0
    assert amplitudes.max() < 1e-6


def test_steps_are_named_in_the_parameters() -> None:
    stereo = Waveform(np.ones((2, 500), np.float32), 1000)
    steps = parse_steps(
        ["to_mono", {"resample": {"rate": 2000}}, {"fit_length": {"seconds": 1.0}}], AUDIO_STEPS
    )

    prepared = apply_steps(stereo, steps)

    assert prepared.samples.shape == (2000,)
    assert prepared.rate == 2000


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"resample": {"rate": 0}}, "resample.rate = 0"),
        ({"clip": {"limit": -0.1}}, "clip.limit"),
        ({"warp_frequencies": {"factor": 3.0}}, "warp_frequencies.factor"),
        ({"cut": {"start": 0.0}}, "cut.seconds is missing"),
        ("reverse", "unknown step 'reverse'; allowed: clip, cut, fit_length"),
    ],
)
def test_a_wrong_step_is_refused_by_name(step: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_steps([step], AUDIO_STEPS)


@pytest.mark.parametrize(
    ("step", "argument"),
    [
        ({"pitch_shift": {"semitones": 200.0}}, "semitones"),
        ({"pitch_shift": {"semitones": float("nan")}}, "semitones"),
        ({"time_stretch": {"speed": 0.001}}, "speed"),
        ({"time_stretch": {"speed": 1e6}}, "speed"),
        ({"fit_length": {"seconds": float("inf")}}, "seconds"),
        ({"clip": {"limit": float("nan")}}, "limit"),
    ],
)
def test_what_would_fill_the_memory_is_refused_by_name(step: dict, argument: str) -> None:
    with pytest.raises(ValueError, match=argument):
        parse_steps([step], AUDIO_STEPS)


def test_a_span_shorter_than_a_sample_is_refused() -> None:
    waveform = Waveform(np.zeros(100, np.float32), 8000)
    with pytest.raises(ValueError, match="less than a sample"):
        apply_steps(waveform, parse_steps([{"cut": {"start": 0.0, "seconds": 1e-9}}], AUDIO_STEPS))
