"""The stage `ingest_audio`, run by Kedro."""

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from kizu.pipelines.ingest_audio import create_pipeline
from kizu.pipelines.ingest_audio.parameters import IngestAudioParameters
from kizu.sources.manifest import RejectShareError

OUTPUTS = [
    "raw_audio",
    "audio_manifest",
    "audio_rejects",
    "audio_origin",
    "ingest_audio_metrics",
]


@pytest.fixture
def settings(shrunk_parameters):
    few = {"normal_clips": 8, "clips_per_fault": 2, "seconds": 0.25}
    chosen = shrunk_parameters["ingest_audio"]
    return chosen | {"machine_sounds": chosen["machine_sounds"] | few}


def ingest(settings: dict, folder: Path | None = None) -> dict:
    catalog = DataCatalog(
        {
            "source_audio": MemoryDataset(folder),
            "params:ingest_audio": MemoryDataset(IngestAudioParameters(**settings)),
            **{name: MemoryDataset() for name in OUTPUTS},
        }
    )
    SequentialRunner().run(create_pipeline(), catalog)
    return {name: catalog.load(name) for name in OUTPUTS}


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """Four sounds, one of each form, and two files that are none."""
    samples = 0.1 * np.random.default_rng(0).standard_normal((4000, 2))
    for form, rate in (("WAV", 96_000), ("FLAC", 8000), ("MP3", 44_100), ("OGG", 22_050)):
        path = tmp_path / "recordings" / "pump 傷" / f"a.{form.lower()}"
        path.parent.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        soundfile.write(buffer, samples, rate, format=form)
        path.write_bytes(buffer.getvalue())
    whole = (path.parent / "a.wav").read_bytes()
    (path.parent / "cut.wav").write_bytes(whole[:5000])
    (tmp_path / "recordings" / "notes.txt").write_text("bearing replaced")
    return tmp_path / "recordings"


def test_the_builtin_sounds_are_all_usable_and_say_that_they_are_synthetic(settings) -> None:
    outputs = ingest(settings)
    manifest = outputs["audio_manifest"]

    counts = settings["machine_sounds"]
    assert len(manifest) == counts["normal_clips"] + 3 * counts["clips_per_fault"]
    assert manifest.columns.tolist() == [
        "id",
        "path",
        "sha256",
        "size_bytes",
        "rate",
        "channels",
        "frames",
        "seconds",
        "format",
        "subtype",
        "label",
        "split",
    ]
    assert manifest["id"].is_unique
    assert set(manifest["label"]) == {"normal", "knocks", "whine", "dropouts"}
    assert len(outputs["audio_rejects"]) == 0
    assert "synthetic" in outputs["audio_origin"]["note"]
    first = manifest.iloc[0]
    content = outputs["raw_audio"][first["path"]]()
    assert hashlib.sha256(content).hexdigest() == first["sha256"]
    assert outputs["ingest_audio_metrics"] == {
        "files": len(manifest),
        "bytes": manifest["size_bytes"].sum(),
        "seconds": pytest.approx(len(manifest) * counts["seconds"]),
        "classes": 4,
        "rejects": 0,
        "reject_share": 0.0,
    }


def test_a_folders_sounds_are_taken_and_its_broken_files_listed(settings, recordings) -> None:
    outputs = ingest(settings | {"source": "folder", "max_reject_share": 0.4}, recordings)

    manifest = outputs["audio_manifest"]
    assert manifest["path"].tolist() == [
        f"pump 傷/a.{extension}" for extension in ("flac", "mp3", "ogg", "wav")
    ]
    assert manifest["rate"].tolist() == [8000, 44_100, 22_050, 96_000]
    assert (manifest["label"] == "pump 傷").all()
    assert (manifest["channels"] == 2).all()
    rejects = outputs["audio_rejects"].set_index("file")["reason"]
    assert rejects["notes.txt"].startswith("has the extension '.txt'")
    assert rejects["pump 傷/cut.wav"].startswith("is cut short")


def test_over_the_allowed_share_the_stage_fails_and_names_the_files(settings, recordings) -> None:
    with pytest.raises(RejectShareError, match=r"(?s)2 of 6 files cannot be used.*cut\.wav"):
        ingest(settings | {"source": "folder", "max_reject_share": 0.3}, recordings)


def test_a_folder_source_without_a_folder_names_the_catalog_entry(settings) -> None:
    with pytest.raises(ValueError, match=r"'source_audio' names no folder.*filepath"):
        ingest(settings | {"source": "folder"})
