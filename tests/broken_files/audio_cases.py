"""Sounds and folders of sounds that are broken or odd."""

import io
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
import yaml
from case import ACCEPTED, Case, write

from kizu.datasets.folder import FolderDataset
from kizu.preprocessing.audio_files import read_audio
from kizu.sources.audio import AudioChecks, inspect_audio
from kizu.sources.files import Reject
from kizu.sources.folder import read_folder
from kizu.sources.manifest import collect

_CONF = Path(__file__).parents[2] / "conf/base/parameters_ingest_audio.yml"
CHECKS = AudioChecks(**yaml.safe_load(_CONF.read_text())["ingest_audio"]["checks"])
_NOISE = 0.2 * np.random.default_rng(0).standard_normal(16_000)


def encode(form: str, rate: int = 8000, channels: int = 1, subtype: str | None = None) -> bytes:
    buffer = io.BytesIO()
    samples = np.repeat(_NOISE[:, np.newaxis], channels, axis=1)
    soundfile.write(buffer, samples, rate, format=form, subtype=subtype)
    return buffer.getvalue()


def make_good(folder: Path) -> None:
    (folder / "good.wav").write_bytes(WAV)


def ingest(source: Path, target: Path) -> tuple[list[str], list[Reject]]:
    inspect = partial(inspect_audio, checks=CHECKS)
    collection = collect(read_folder(source), inspect, max_reject_share=1)
    raw = FolderDataset(filepath=target / "raw")
    raw.save(collection.contents)
    for path in raw.load().values():
        assert np.isfinite(read_audio(path).samples).all()
    return list(collection.contents), collection.rejects


def riff(
    data: bytes = bytes(1000),
    *,
    encoding: int = 1,
    channels: int = 1,
    rate: int = 8000,
    bits: int = 16,
    bytes_a_second: int | None = None,
    bytes_a_frame: int | None = None,
    announced: int | None = None,
    before: bytes = b"",
) -> bytes:
    """Return a WAV file whose header says whatever is asked for."""
    frame = channels * bits // 8 if bytes_a_frame is None else bytes_a_frame
    second = rate * frame % 2**32 if bytes_a_second is None else bytes_a_second
    fields = struct.pack("<HHIIHH", encoding, channels, rate, second, frame, bits)
    size = len(data) if announced is None else announced
    body = b"WAVE" + before + b"fmt " + struct.pack("<I", 16) + fields
    body += b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def floats(value: float) -> bytes:
    samples = np.zeros(1000, np.float32)
    samples[-1] = value
    return riff(samples.tobytes(), encoding=3, bits=32)


def damaged_in_the_middle(content: bytes) -> bytes:
    middle = len(content) // 2
    changed = bytes(byte ^ 0xFF for byte in content[middle : middle + 40])
    return content[:middle] + changed + content[middle + 40 :]


def hour_of_silence() -> bytes:
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", 1000, 1, format="FLAC") as file:
        for _ in range(60):
            file.write(np.zeros(60_000, np.int16))
    return buffer.getvalue()


def nested(name: str, content: bytes) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)

    return make


WAV, FLAC, MP3, OGG = (encode(form) for form in ("WAV", "FLAC", "MP3", "OGG"))
_LIST = b"LIST" + struct.pack("<I", 5) + b"INFO!" + b"\0"
_ID3 = b"ID3\x04\x00\x00" + bytes([0, 0, 1, 72]) + bytes(200)
_CUT = "cut short|damaged"

CASES = [
    Case("an empty file", write("a.wav", b""), "is empty"),
    Case("a WAV header alone", write("a.wav", riff(b"")), "holds no samples"),
    Case("a WAV file cut within its samples", write("a.wav", WAV[:9000]), "cut short: its header"),
    Case("a WAV file cut within its header", write("a.wav", WAV[:30]), _CUT),
    Case("a FLAC file cut in two", write("a.flac", FLAC[: len(FLAC) // 2]), _CUT),
    Case("a FLAC file cut within its header", write("a.flac", FLAC[:60]), _CUT),
    Case("an MP3 file cut in two", write("a.mp3", MP3[: len(MP3) // 2]), "cut short: its header"),
    Case(
        "an OGG file cut in two", write("a.ogg", OGG[: len(OGG) // 2]), "cut short: its last page"
    ),
    Case("a FLAC file damaged in its middle", write("a.flac", damaged_in_the_middle(FLAC)), _CUT),
    Case("the magic of WAV before noise", write("a.wav", b"RIFF" + bytes(range(256))), "damaged"),
    Case("text with the name of a sound", write("a.wav", b"Dear Sir,\n" * 9), "holds text"),
    Case("a web page with the name of a sound", write("a.mp3", b"<html>404</html>"), "holds text"),
    Case("an image with the name of a sound", write("a.wav", b"\x89PNG\r\n\x1a\n\0\0"), "damaged"),
    Case("FLAC with the name of WAV", write("a.wav", FLAC), "holds FLAC audio"),
    Case("WAV with the name of MP3", write("a.mp3", WAV), "holds WAV audio"),
    Case("AIFF with the name of WAV", write("a.wav", encode("AIFF")), "holds AIFF audio"),
    Case("a note beside the sounds", write("notes.txt", b"bearing replaced"), "extension '.txt'"),
    Case("a sound without an extension", write("a", WAV), "extension ''"),
    Case("NaN among the samples", write("a.wav", floats(np.nan)), "no finite numbers"),
    Case("infinity among the samples", write("a.wav", floats(-np.inf)), "no finite numbers"),
    Case("a rate of zero", write("a.wav", riff(rate=0)), "damaged|believed"),
    Case("a rate of one sample a second", write("a.wav", riff(rate=1)), "are believed"),
    Case("a rate of two billion", write("a.wav", riff(rate=2**31 - 1)), "are believed"),
    Case("a byte rate of another rate", write("a.wav", riff(bytes_a_second=88_200)), "trusted"),
    Case("a frame of another width", write("a.wav", riff(bytes_a_frame=4)), "contradicts|damaged"),
    Case("no channels", write("a.wav", riff(channels=0)), "damaged"),
    Case("more samples announced than memory holds", write("a.wav", riff(announced=2**31)), _CUT),
    Case("an hour of silence in a small file", write("a.flac", hour_of_silence()), "seconds long"),
    Case(
        "a streamed WAV file of unknown length", write("a.wav", riff(announced=2**32 - 1)), ACCEPTED
    ),
    Case("chunks of odd length before the format", write("a.wav", riff(before=_LIST)), ACCEPTED),
    Case("a WAV file with bytes behind it", write("a.wav", WAV + b"tail"), ACCEPTED),
    Case("one sample", write("a.wav", riff(bytes(2))), ACCEPTED),
    Case("silence", write("a.wav", riff(bytes(16_000))), ACCEPTED),
    Case("an MP3 file behind a tag", write("a.mp3", _ID3 + MP3), ACCEPTED),
    Case("96 kHz stereo", write("a.wav", encode("WAV", 96_000, 2)), ACCEPTED),
    Case("six channels", write("a.flac", encode("FLAC", 48_000, 6)), ACCEPTED),
    Case("24 bits a sample", write("a.wav", encode("WAV", subtype="PCM_24")), ACCEPTED),
    Case("8 bits a sample", write("a.wav", encode("WAV", subtype="PCM_U8")), ACCEPTED),
    Case("doubles as samples", write("a.wav", encode("WAV", subtype="DOUBLE")), ACCEPTED),
    Case("the mu-law of telephones", write("a.wav", encode("WAV", subtype="ULAW")), ACCEPTED),
    Case("OGG with Opus", write("a.ogg", encode("OGG", 48_000, subtype="OPUS")), ACCEPTED),
    Case("an extension in capitals", write("a.WAV", WAV), ACCEPTED),
    Case(
        "spaces, line feeds and letters of all scripts",
        nested("ポンプ 1/a\nb ü.wav", WAV),
        ACCEPTED,
    ),
]
