"""Sets of clips: their names, their common form, their features in blocks."""

from pathlib import Path

import numpy as np
import pytest

from kizu.preprocessing.audio_files import encode_audio, read_audio
from kizu.preprocessing.clips import (
    ClipFeatures,
    ClipForm,
    UnequalClipsError,
    clip_names,
    common_form,
)
from kizu.preprocessing.log_mel import LogMel, LogMelParameters
from kizu.preprocessing.waveforms import Waveform

PARAMETERS = LogMelParameters(
    window_length=64,
    hop_length=32,
    bands=8,
    lowest_frequency=0.0,
    highest_frequency=None,
    dynamic_range=80.0,
    centered=True,
)


def save(folder: Path, count: int, samples: int = 500, rate: int = 4000) -> list[Path]:
    random = np.random.default_rng(0)
    files = []
    for number in range(count):
        sound = Waveform((0.1 * random.standard_normal(samples)).astype(np.float32), rate)
        files.append(folder / f"{number}-{samples}-{rate}.flac")
        files[-1].write_bytes(encode_audio(sound, "FLAC"))
    return files


def test_clips_are_named_after_their_files_and_never_alike() -> None:
    paths = ["a/x.wav", "a/y.wav", "a/y.mp3", "b/x.wav", "a/z.1.ogg"]

    names = clip_names(paths)

    assert names == ["a/x.flac", "a/y.wav.flac", "a/y.mp3.flac", "b/x.flac", "a/z.1.flac"]
    assert clip_names([]) == []


def test_features_come_in_blocks_and_are_those_of_all_at_once(tmp_path, monkeypatch) -> None:
    files = save(tmp_path, 7)
    monkeypatch.setattr("kizu.preprocessing.clips._BLOCK_BYTES", 3 * 500 * 4)
    features = ClipFeatures(files, common_form(files), PARAMETERS)

    blocks = list(features.blocks())

    assert [len(block) for block in blocks] == [3, 3, 1]
    whole = LogMel(4000, PARAMETERS)(np.stack([read_audio(file).samples for file in files]))
    assert np.concatenate(blocks).shape == features.shape == whole.shape
    assert blocks[0].dtype == features.dtype
    assert np.abs(np.concatenate(blocks) - whole).max() <= 1e-4


def test_the_common_form_is_that_of_all_or_an_error(tmp_path: Path) -> None:
    files = save(tmp_path, 2)

    assert common_form(files) == ClipForm(rate=4000, samples=500)
    for odd, message in (
        (save(tmp_path, 1, samples=501), "has 501 samples, .* fit_length"),
        (save(tmp_path, 1, rate=8000), "has 8000 samples a second, .* resample"),
    ):
        with pytest.raises(UnequalClipsError, match=message):
            common_form([*files, *odd])
    with pytest.raises(UnequalClipsError, match="no clips"):
        common_form([])
