"""Which files are sounds that can be used, and why the others are not."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from kizu.sources.audio import AudioChecks, inspect_audio
from kizu.sources.files import RejectedFileError, SourceFile

CHECKS = AudioChecks(
    extensions=[".flac", ".mp3", ".oga", ".ogg", ".opus", ".wav"],
    rate=None,
    lowest_rate=1000,
    highest_rate=384_000,
    channels=None,
    min_seconds=0.0,
    max_seconds=60.0,
)
FORMS = {".wav": "WAV", ".flac": "FLAC", ".mp3": "MP3", ".ogg": "OGG"}
ALLOWED = ".flac, .mp3, .oga, .ogg, .opus, .wav are accepted"


def sound(
    extension: str = ".wav",
    *,
    rate: int = 8000,
    channels: int = 1,
    seconds: float = 1.0,
    subtype: str | None = None,
) -> bytes:
    random = np.random.default_rng(0)
    samples = 0.2 * random.standard_normal((round(rate * seconds), channels))
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=FORMS[extension], subtype=subtype)
    return buffer.getvalue()


def inspect(name: str, content: bytes | Path, checks: AudioChecks = CHECKS) -> dict:
    return inspect_audio(SourceFile("id", name, "label", content), checks)


def reason(name: str, content: bytes | Path, checks: AudioChecks = CHECKS) -> str:
    with pytest.raises(RejectedFileError) as error:
        inspect(name, content, checks)
    return str(error.value)


def wav(
    data: bytes = bytes(1000),
    *,
    encoding: int = 1,
    channels: int = 1,
    rate: int = 8000,
    bytes_a_second: int | None = None,
    bits: int = 16,
    announced: int | None = None,
) -> bytes:
    frame = channels * bits // 8
    fields = struct.pack(
        "<HHIIHH",
        encoding,
        channels,
        rate,
        rate * frame % 2**32 if bytes_a_second is None else bytes_a_second,
        frame,
        bits,
    )
    size = len(data) if announced is None else announced
    body = b"WAVEfmt " + struct.pack("<I", 16) + fields + b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("extension", list(FORMS))
@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (44_100, 2)])
def test_every_form_is_accepted_with_its_facts(extension, rate, channels, tmp_path) -> None:
    content = sound(extension, rate=rate, channels=channels)
    path = tmp_path / "Übung 音.bin"
    path.write_bytes(content)

    facts = inspect(f"a{extension.upper()}", content)

    assert facts == inspect(f"a{extension}", path)
    assert facts["rate"] == rate
    assert facts["channels"] == channels
    assert facts["frames"] == pytest.approx(rate, abs=0.1 * rate)
    assert facts["seconds"] == facts["frames"] / rate
    assert facts["format"] == FORMS[extension]
    assert list(facts) == ["rate", "channels", "frames", "seconds", "format", "subtype"]


@pytest.mark.parametrize(("extension", "subtype"), [(".oga", "VORBIS"), (".opus", "OPUS")])
def test_other_names_of_an_ogg_file_are_accepted(extension: str, subtype: str) -> None:
    content = sound(".ogg", rate=48_000, subtype=subtype)
    facts = inspect(f"a{extension}", content)
    assert (facts["format"], facts["subtype"], facts["frames"]) == ("OGG", subtype, 48_000)
    assert "cut short" in reason(f"a{extension}", content[: len(content) // 2])
    assert reason(f"a{extension}", sound(".flac")).startswith("holds FLAC audio; its extension")


def test_other_forms_that_could_be_decoded_are_refused_by_name() -> None:
    """Of those nothing tells whether they were cut short."""
    known = {form.lower() for form in soundfile.available_formats()}
    for extension in sorted(known - {"flac", "mp3", "ogg", "wav"}):
        assert reason(f"a.{extension}", sound()) == f"has the extension '.{extension}'; {ALLOWED}"


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"])
def test_96_khz_stereo_and_every_kind_of_sample_is_accepted(subtype: str) -> None:
    facts = inspect("a.wav", sound(rate=96_000, channels=2, seconds=0.1, subtype=subtype))

    assert (facts["rate"], facts["channels"], facts["frames"]) == (96_000, 2, 9600)
    assert facts["subtype"] == subtype


def test_what_is_no_sound_is_refused() -> None:
    assert reason("a.wav", b"") == "is empty"
    assert reason("a.txt", sound()) == f"has the extension '.txt'; {ALLOWED}"
    assert reason("a.wav", b"Dear Sir,\n" * 50) == "holds text; its extension promises WAV"
    assert "damaged" in reason("a.flac", bytes(range(256)) * 8)
    assert reason("a.mp3", sound(".flac")) == (
        "holds FLAC audio; its extension '.mp3' promises MP3"
    )
    assert reason("a.ogg", Path("absent")) == "cannot be read: No such file or directory"


@pytest.mark.parametrize("extension", list(FORMS))
@pytest.mark.parametrize("kept", [0.3, 0.7, 0.97])
def test_a_file_that_was_cut_short_is_refused(extension: str, kept: float) -> None:
    content = sound(extension, seconds=2)

    assert "cut short" in reason(f"a{extension}", content[: int(kept * len(content))])


@pytest.mark.parametrize("announced", [0, 0xFFFFFFFF])
def test_a_streamed_wav_that_announces_no_length_is_accepted(announced: int) -> None:
    content = wav(announced=announced)
    if announced:
        assert inspect("a.wav", content)["frames"] == 500
    else:
        assert reason("a.wav", content) == "holds no samples"


def test_an_mp3_with_a_tag_before_it_is_measured_from_behind_the_tag() -> None:
    tag = b"ID3\x04\x00\x00" + bytes([0, 0, 1, 72]) + bytes(200)
    content = tag + sound(".mp3", seconds=2)

    assert inspect("a.mp3", content)["rate"] == 8000
    assert "cut short" in reason("a.mp3", content[:-500])


def test_samples_that_are_no_numbers_are_refused() -> None:
    for value in (np.nan, np.inf, -np.inf):
        samples = np.zeros(1000, np.float32)
        samples[700] = value
        assert "no finite numbers" in reason("a.wav", wav(samples.tobytes(), encoding=3, bits=32))


def test_headers_that_cannot_be_believed_are_refused() -> None:
    assert "rate cannot be trusted" in reason("a.wav", wav(bytes_a_second=88_200))
    assert "says that it has 10 samples a second" in reason("a.wav", wav(rate=10))
    assert "says that it has 2000000000 samples" in reason("a.wav", wav(rate=2_000_000_000))
    assert "damaged" in reason("a.wav", wav(rate=0))
    assert reason("a.wav", wav(b"")) == "holds no samples"


def test_sounds_of_another_length_rate_or_channels_than_expected_are_refused() -> None:
    short = CHECKS.model_copy(update={"min_seconds": 0.5, "max_seconds": 2.0})

    assert reason("a.wav", sound(seconds=0.1), short).startswith("is 0.1 seconds long; 0.5 to 2")
    assert reason("a.wav", sound(seconds=3), short).startswith("is 3 seconds long")
    rate = CHECKS.model_copy(update={"rate": 16_000})
    assert reason("a.wav", sound(), rate) == "has 8000 samples a second; 16000 are expected"
    mono = CHECKS.model_copy(update={"channels": 1})
    assert reason("a.wav", sound(channels=2), mono) == "has 2 channels; 1 are expected"


@pytest.mark.parametrize("extension", list(FORMS))
def test_damage_is_refused_or_harmless_but_never_an_error_of_another_kind(extension) -> None:
    content = sound(extension)
    random = np.random.default_rng(0)
    reasons, frames = [], []
    for _ in range(25):
        damaged = bytearray(content)
        for place in random.integers(0, len(content), 8):
            damaged[place] = random.integers(256)
        try:
            frames.append(inspect(f"a{extension}", bytes(damaged))["frames"])
        except RejectedFileError as error:
            reasons.append(str(error))

    assert len(reasons) + len(frames) == 25
    assert all(frames)
    assert "0x" not in "".join(reasons)  # no memory address: runs are compared
