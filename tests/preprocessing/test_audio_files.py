"""Audio files written and read back."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from kizu.preprocessing.audio_files import AudioDecodingError, encode_audio, read_audio
from kizu.preprocessing.waveforms import Waveform


def noise(channels: int = 1, samples: int = 4000, amplitude: float = 0.3) -> np.ndarray:
    shape = (samples,) if channels == 1 else (channels, samples)
    return (amplitude * np.random.default_rng(0).standard_normal(shape)).astype(np.float32)


@pytest.mark.parametrize("form", ["WAV", "FLAC"])
@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize(("channels", "rate"), [(1, 8000), (2, 96_000)])
def test_a_file_comes_back_to_half_a_step(form, bits, channels, rate, tmp_path: Path) -> None:
    sound = Waveform(noise(channels, amplitude=0.2), rate)
    content = encode_audio(sound, form, bits=bits)
    path = tmp_path / "名前 a.bin"
    path.write_bytes(content)

    for back in (read_audio(content), read_audio(path)):
        assert back.rate == rate
        assert back.samples.shape == sound.samples.shape
        assert back.samples.dtype == np.float32
        assert np.abs(back.samples - sound.samples).max() <= 2.0**-bits
    assert encode_audio(read_audio(content), form, bits=bits) == content
    assert soundfile.info(io.BytesIO(content)).subtype == f"PCM_{bits}"


@given(st.lists(st.integers(-(2**15), 2**15 - 1), min_size=1, max_size=50))
def test_every_16_bit_sample_survives(steps: list[int]) -> None:
    samples = (np.array(steps) / 2**15).astype(np.float32)

    back = read_audio(encode_audio(Waveform(samples, 8000), "FLAC"))

    assert np.array_equal(back.samples, samples)


def test_what_is_too_loud_is_clipped_and_never_wraps_around() -> None:
    back = read_audio(encode_audio(Waveform(np.array([2, -2, 1], np.float32), 8000), "WAV"))

    assert back.samples.tolist() == [1 - 2**-15, -1, 1 - 2**-15]


def test_mp3_keeps_the_sound_and_not_the_samples() -> None:
    time = np.arange(16_000) / 16_000
    sound = Waveform((0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32), 16_000)

    content = encode_audio(sound, "MP3")

    assert content == encode_audio(sound, "MP3")
    assert len(content) < len(encode_audio(sound, "WAV")) / 3
    loudest = np.abs(np.fft.rfft(read_audio(content).samples)).argmax()
    assert abs(loudest - 440) <= 1


@pytest.mark.parametrize(("form", "channels", "rate"), [("MP3", 1, 96_000), ("FLAC", 9, 8000)])
def test_what_a_form_cannot_hold_is_refused(form, channels, rate) -> None:
    with pytest.raises(ValueError, match=f"{form} cannot hold {channels} channels at {rate}"):
        encode_audio(Waveform(noise(channels), rate), form)


@pytest.mark.parametrize("content", [b"", b"no sound", b"RIFF\x04\x00\x00\x00WAVE"])
def test_no_sound_is_refused_without_a_memory_address(content: bytes) -> None:
    with pytest.raises(AudioDecodingError, match="damaged") as error:
        read_audio(content)
    assert "0x" not in str(error.value)


def test_a_cut_flac_file_is_refused() -> None:
    content = encode_audio(Waveform(noise(), 8000), "FLAC")

    with pytest.raises(AudioDecodingError):
        read_audio(content[: len(content) // 2])


def test_a_missing_file_is_refused_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(AudioDecodingError, match=r"^cannot be read: No such file"):
        read_audio(tmp_path / "absent.wav")
