"""The built-in audio: a machine that does not exist, and its faults."""

from collections import Counter

import numpy as np
import pytest

from kizu.preprocessing.audio_files import read_audio
from kizu.preprocessing.waveforms import frame_rms, rms
from kizu.sources.machine_sounds import MachineSoundsParameters, open_machine_sounds, synthesize

RATE = 8000


def parameters(**changes) -> MachineSoundsParameters:
    defaults = {"normal_clips": 4, "clips_per_fault": 2, "seconds": 0.5, "rate": RATE, "seed": 3}
    return MachineSoundsParameters(**(defaults | changes))


def clips(chosen: MachineSoundsParameters) -> dict[str, bytes]:
    return {file.id: file.make() for file in open_machine_sounds(chosen).items}


def faulty(fault: str, severity: float, seed: int = 0):
    """Return the same machine's sound without and with a fault."""
    return [
        synthesize(kind, severity, seconds=1.0, rate=RATE, random=np.random.default_rng(seed))
        for kind in ("normal", fault)
    ]


def test_clips_are_16_bit_wav_files_labeled_with_their_fault() -> None:
    files = list(open_machine_sounds(parameters()).items)

    assert Counter(file.label for file in files) == {
        "normal": 4,
        "knocks": 2,
        "whine": 2,
        "dropouts": 2,
    }
    for file in files:
        sound = read_audio(file.make())
        assert sound.rate == RATE
        assert sound.samples.shape == (RATE // 2,)
        assert 0.01 < np.abs(sound.samples).max() < 1
        assert file.path == f"{file.label}/{file.id}.wav"
        assert ("severity" in file.id) == (file.label != "normal")
        assert len(file.make()) == 44 + RATE // 2 * 2


def test_the_origin_says_that_they_are_synthetic() -> None:
    assert "synthetic" in open_machine_sounds(parameters()).origin.note


def test_equal_seeds_give_equal_clips_and_more_clips_leave_the_others() -> None:
    few = clips(parameters())
    more = clips(parameters(normal_clips=6, clips_per_fault=3))

    assert few == clips(parameters())
    assert len(set(few.values())) == len(few)
    assert len(more) == 15
    assert few.items() <= more.items()
    assert not set(few.values()) & set(clips(parameters(seed=4)).values())


def test_normal_clips_differ_in_speed_and_load() -> None:
    sounds = [
        synthesize("normal", 0, seconds=1.0, rate=RATE, random=np.random.default_rng(seed))
        for seed in range(20)
    ]
    loudness = [rms(sound) for sound in sounds]
    speeds = [int(np.abs(np.fft.rfft(sound.samples))[:65].argmax()) for sound in sounds]

    assert max(loudness) > 1.5 * min(loudness)
    assert all(38 <= speed <= 62 for speed in speeds)
    assert len(set(speeds)) > 5


@pytest.mark.parametrize("fault", ["knocks", "whine", "dropouts"])
def test_a_fault_changes_the_sound_the_more_the_severer_it_is(fault: str) -> None:
    changes = []
    for severity in (0.0, 0.5, 1.0):
        normal, changed = faulty(fault, severity)
        changes.append(rms(type(normal)(changed.samples - normal.samples, RATE)) / rms(normal))

    assert 0 < changes[0] < 0.3
    assert changes[0] < changes[1] < changes[2]
    assert changes[2] > 0.2


def test_knocks_are_bursts_whines_a_tone_and_dropouts_gaps() -> None:
    normal, knocks = faulty("knocks", 1.0)
    bursts = frame_rms(
        type(normal)(knocks.samples - normal.samples, RATE), frame_length=80, hop_length=80
    )
    assert bursts.max() > 10 * np.median(bursts)

    normal, whine = faulty("whine", 1.0)
    spectrum = np.abs(np.fft.rfft(whine.samples - normal.samples)) ** 2
    assert 1250 < spectrum.argmax() < 3400
    near = slice(spectrum.argmax() - 40, spectrum.argmax() + 40)
    assert spectrum[near].sum() > 0.95 * spectrum.sum()

    normal, dropouts = faulty("dropouts", 1.0)
    loudness = frame_rms(dropouts, frame_length=160, hop_length=40)
    assert loudness.min() < 0.1 * np.median(loudness)


def test_a_low_rate_holds_no_sound_above_its_nyquist_frequency() -> None:
    for fault in ("normal", "knocks", "whine", "dropouts"):
        sound = synthesize(fault, 1, seconds=0.5, rate=4000, random=np.random.default_rng(1))
        assert sound.samples.shape == (2000,)
        assert np.isfinite(sound.samples).all()
