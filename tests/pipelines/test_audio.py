"""The stage `audio`, run by Kedro on disk after `ingest_audio`."""

import io
import json
from pathlib import Path

import librosa
import numpy as np
import pandas as pd
import pytest
import soundfile
import yaml
from kedro.io import DataCatalog, DatasetError, MemoryDataset
from kedro.runner import SequentialRunner
from pydantic import ValidationError

from kizu.pipelines.audio import create_pipeline
from kizu.pipelines.audio.parameters import AudioParameters
from kizu.pipelines.ingest_audio import create_pipeline as create_ingest_pipeline
from kizu.pipelines.ingest_audio.parameters import IngestAudioParameters
from kizu.preprocessing.audio_files import read_audio
from kizu.preprocessing.clips import UnequalClipsError
from kizu.preprocessing.splits import check_disjoint, content_hashes
from kizu.reporting.gallery import read_gallery

PROJECT = Path(__file__).parents[2]
EVERYTHING = ["collect_audio", *(node.name for node in create_pipeline().nodes)]
WITHOUT_FIGURES = [name for name in EVERYTHING if name != "show_audio_operations"]


@pytest.fixture(scope="module")
def settings(shrunk_parameters):
    return shrunk_parameters["audio"]


def catalog_in(place: Path, folder: Path | None = None) -> DataCatalog:
    entries = {}
    for stage in ("ingest_audio", "audio"):
        entries |= yaml.safe_load((PROJECT / f"conf/base/catalog_{stage}.yml").read_text())
    for entry in entries.values():
        if entry["filepath"]:
            entry["filepath"] = str(place / entry["filepath"])
    entries["source_audio"]["filepath"] = folder and str(folder)
    return DataCatalog.from_config(entries)


def run(place: Path, shrunk_parameters: dict, names: list[str], folder=None, **changes):
    ingest = shrunk_parameters["ingest_audio"]
    few = {"normal_clips": 12, "clips_per_fault": 4, "seconds": 0.3}
    ingest = ingest | {"machine_sounds": ingest["machine_sounds"] | few}
    if folder is not None:
        ingest |= {"source": "folder", "max_reject_share": 0.5}
    catalog = catalog_in(place, folder)
    catalog["params:ingest_audio"] = MemoryDataset(IngestAudioParameters(**ingest))
    chosen = AudioParameters(**(shrunk_parameters["audio"] | changes))
    catalog["params:audio"] = MemoryDataset(chosen)
    whole = create_ingest_pipeline() + create_pipeline()
    SequentialRunner().run(whole.only_nodes(*names), catalog)
    return catalog


@pytest.fixture(scope="module")
def stages_on_disk(shrunk_parameters, tmp_path_factory):
    """Both stages on some built-in sounds, in two places."""
    places = [tmp_path_factory.mktemp(name) for name in ("first", "second")]
    return places, [run(place, shrunk_parameters, EVERYTHING) for place in places][1]


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """Eight sounds of two machines: several rates, channels, lengths and forms."""
    random = np.random.default_rng(0)
    for machine in ("fan", "pump"):
        (tmp_path / "sounds" / machine).mkdir(parents=True)
        for number, (form, rate, channels) in enumerate(
            [("WAV", 96_000, 2), ("FLAC", 8000, 1), ("MP3", 44_100, 2), ("OGG", 22_050, 1)]
        ):
            samples = 0.1 * random.standard_normal((round(rate * (0.3 + 0.4 * number)), channels))
            buffer = io.BytesIO()
            soundfile.write(buffer, samples, rate, format=form)
            path = tmp_path / "sounds" / machine / f"a.{form.lower()}"
            path.write_bytes(buffer.getvalue())
    return tmp_path / "sounds"


def test_two_runs_give_the_same_bytes(stages_on_disk) -> None:
    trees = [
        {file.relative_to(place): file.read_bytes() for file in place.rglob("*") if file.is_file()}
        for place in stages_on_disk[0]
    ]
    assert trees[0] == trees[1]
    assert len(trees[0]) == 24 + 24 + 4 + 4 + len(list_gallery(stages_on_disk)) + 1


def list_gallery(stages_on_disk) -> list:
    return read_gallery(stages_on_disk[1].load("audio_operations"))


def test_clips_features_and_index_have_a_row_for_each_sound(stages_on_disk, settings) -> None:
    catalog = stages_on_disk[1]
    features, index = catalog.load("audio_features"), catalog.load("audio_index")
    clips, manifest = catalog.load("audio_clips"), catalog.load("audio_manifest")

    assert isinstance(features, np.memmap)
    assert features.dtype == np.float32
    assert features.shape == (24, 40, 63)
    assert index.columns.tolist() == ["id", "source", "label", "class_name", "split", "clip"]
    assert index["id"].tolist() == manifest["id"].tolist()
    assert index["source"].tolist() == manifest["path"].tolist()
    assert index["label"].dtype == np.int64
    assert sorted(set(index["class_name"])) == ["dropouts", "knocks", "normal", "whine"]
    assert sorted(index["clip"]) == list(clips)
    counts = index.groupby(["class_name", "split"]).size()
    assert counts["normal"].to_dict() == {"calibration": 3, "test": 3, "train": 6}
    check_disjoint(index["id"], content_hashes(features), index["split"])
    for row in (0, 23):
        clip = read_audio(clips[index["clip"][row]])
        assert (clip.rate, clip.samples.shape) == (8000, (8000,))
        energies = librosa.feature.melspectrogram(
            y=clip.samples, sr=8000, n_fft=256, hop_length=128, n_mels=40
        )
        assert np.abs(features[row] - librosa.power_to_db(energies)).max() <= 1e-4


def test_clips_are_16_bit_flac_and_padded(stages_on_disk) -> None:
    catalog = stages_on_disk[1]
    raw = catalog.load("raw_audio")
    for row in catalog.load("audio_index").itertuples():
        path = catalog.load("audio_clips")[row.clip]
        assert soundfile.info(path).subtype == "PCM_16"
        clip, sound = read_audio(path).samples, read_audio(raw[row.source]).samples
        assert np.array_equal(clip[:2400], sound)
        assert not clip[2400:].any()


def test_metrics_describe_the_clips(stages_on_disk) -> None:
    catalog = stages_on_disk[1]
    features = catalog.load("audio_features")
    assert catalog.load("audio_metrics") == {
        "count": 24,
        "rate": 8000,
        "seconds": 1.0,
        "bands": 40,
        "frames": 63,
        "minimum": pytest.approx(features.min()),
        "maximum": pytest.approx(features.max()),
        "train.count": 12,
        "calibration.count": 6,
        "test.count": 6,
        "class.normal.count": 12,
        "class.knocks.count": 4,
        "class.whine.count": 4,
        "class.dropouts.count": 4,
    }


def test_the_gallery_shows_every_operation_with_what_was_measured(stages_on_disk) -> None:
    shown = {item.name: item for item in list_gallery(stages_on_disk)}

    assert list(shown) == [
        "load",
        "cut",
        "resample",
        "rms",
        "save_and_read",
        "convert",
        "clip",
        "fit_length",
        "amplitude_spectrum",
        "spectrogram",
        "pitch_shift",
        "time_stretch",
        "warp_frequencies",
        "log_mel",
    ]
    assert "8,000 samples a second" in shown["load"].caption
    assert "44,100 Hz" in shown["resample"].caption
    assert "16 bits" in shown["save_and_read"].caption
    assert "samples unchanged" in shown["convert"].caption
    assert "speed 0.5: 0.600 s, speed 2: 0.150 s" in shown["time_stretch"].caption
    for item in shown.values():
        assert item.png.startswith(b"\x89PNG")
        assert len(item.png) < 60_000
        assert any(character.isdigit() for character in item.caption)


def test_sounds_of_any_form_become_clips_of_one(shrunk_parameters, recordings, tmp_path) -> None:
    split = {"train": 0.5, "calibration": 0.25, "test": 0.25}
    catalog = run(tmp_path, shrunk_parameters, EVERYTHING, recordings, split=split)

    assert list(catalog.load("audio_clips")) == [
        f"{machine}/a.{form}.flac"
        for machine in ("fan", "pump")
        for form in ("flac", "mp3", "ogg", "wav")
    ]
    assert catalog.load("audio_features").shape == (8, 40, 63)
    load = list_gallery((None, catalog))[0]
    assert "fan/a.flac has 8,000 samples" in load.caption


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([], "channels; features are made of one. Put the step to_mono"),
        (["to_mono"], "samples a second, .* Put the step resample"),
        (["to_mono", {"resample": {"rate": 8000}}], "Put the step fit_length"),
    ],
)
def test_a_missing_step_is_named(shrunk_parameters, recordings, tmp_path, steps, message) -> None:
    with pytest.raises(UnequalClipsError, match=message):
        run(tmp_path, shrunk_parameters, WITHOUT_FIGURES, recordings, steps=steps)


def test_a_step_that_fails_names_the_file(shrunk_parameters, recordings, tmp_path) -> None:
    steps = ["to_mono", {"cut": {"start": 0.0, "seconds": 0.5}}]
    with pytest.raises(DatasetError, match=r"fan/a\.wav: cut: 0 s to 0\.5 s is asked for"):
        run(tmp_path, shrunk_parameters, WITHOUT_FIGURES, recordings, steps=steps)


def test_a_sources_own_test_split_is_kept(shrunk_parameters, tmp_path) -> None:
    catalog = run(tmp_path, shrunk_parameters, ["collect_audio"])
    manifest = catalog.load("audio_manifest")
    own = ["test" if number % 4 == 0 else "train" for number in range(len(manifest))]
    catalog["audio_manifest"].save(manifest.assign(split=own))
    split = shrunk_parameters["audio"]["split"] | {"official": True}
    names = [name for name in WITHOUT_FIGURES if name != "collect_audio"]

    index = run(tmp_path, shrunk_parameters, names, split=split).load("audio_index")

    assert ((index["split"] == "test") == (np.array(own) == "test")).all()
    assert set(index["split"]) == {"train", "calibration", "test"}


def test_an_unknown_step_or_argument_is_named(settings) -> None:
    for steps, message in (
        (["to_stereo"], "unknown step 'to_stereo'"),
        ([{"resample": {"rate": 8000.5}}], r"resample\.rate = 8000\.5"),
    ):
        with pytest.raises(ValidationError, match=message):
            AudioParameters(**(settings | {"steps": steps}))


def test_the_fsdd_profile_fits_the_parameters(shrunk_parameters) -> None:
    for stage, model in (("ingest_audio", IngestAudioParameters), ("audio", AudioParameters)):
        changes = yaml.safe_load((PROJECT / f"conf/fsdd/parameters_{stage}.yml").read_text())
        merged = dict(shrunk_parameters[stage])
        for key, value in changes[stage].items():
            merged[key] = merged[key] | value if isinstance(value, dict) else value
        model(**merged)


def test_captions_are_a_file_of_the_gallery(stages_on_disk) -> None:
    files = stages_on_disk[1].load("audio_operations")
    captions = json.loads(files["captions.json"].read_text())
    assert pd.Series([entry["file"] for entry in captions]).is_unique
