"""A small scorer of each modality, trained by the nodes of its stages, and the files it was tested
on."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kizu.datasets.json import JsonDataset
from kizu.datasets.model import ModelDataset
from kizu.datasets.parquet import ParquetDataset
from kizu.datasets.skops import SkopsDataset
from kizu.lineage.project import Project
from kizu.pipelines.detecting_fits import fit_detectors
from kizu.pipelines.detecting_scores import score_items
from kizu.scorer_files import catalog_paths, folder_files
from kizu.scorers import TRUSTED, read_scorer
from kizu.scoring.card import Modality
from kizu.scoring.scorer import Scorer

DETECTORS = {
    "images": ["pixel_neighbors", "pixel_components"],
    "audio": ["statistics_gaussian", "raw_neighbors"],
    "tables": ["neighbors", "forest", "ecod"],
    "text": ["ngram", "tfidf_neighbors"],
}


@dataclass(frozen=True)
class Trained:
    """A scorer on disk.

    Attributes:
        folder: of its files, as `kizu.scorer_files.folder_files` takes it.
        source: files that hold all items, and nothing else.
        scores: of the stage, by id.
        places: of each item by id: its file below the source, and its row if it has one.
        columns: a test item a row, as data frames hold them; the index is the id.
    """

    folder: Path
    source: Path
    scores: pd.DataFrame
    places: dict[str, tuple[str, int | None]]
    columns: pd.DataFrame

    @cached_property
    def scorer(self) -> Scorer:
        return read_scorer(folder_files(self.folder))

    def put(self, project: Project, modality: Modality, part: str = "data") -> None:
        """Lay the files where the stages would have laid them."""
        for role, path in _places(modality).items():
            source = folder_files(self.folder)[role]
            target = project.root / part / Path(path).relative_to("data")
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)


@cache
def _places(modality: Modality) -> dict[str, str]:
    return catalog_paths(modality, Project.at(Path(__file__).parents[2]), None)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with the configuration of this one and no data, around the working directory."""
    root = tmp_path / "project"
    shutil.copytree(Path(__file__).parents[2] / "conf", root / "conf")
    (root / "pyproject.toml").write_text('[tool.kedro]\npackage_name = "kizu"\n')
    monkeypatch.chdir(root)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return Project.at(root)


@pytest.fixture(scope="session")
def train(shrunk_parameters, small_digits, tmp_path_factory) -> Callable[[str], Trained]:
    """Train the scorer of a modality, once."""
    made: dict[str, Trained] = {}

    def once(modality: str) -> Trained:
        if modality not in made:
            folder = tmp_path_factory.mktemp(modality)
            (folder / "source").mkdir()
            make = {"images": _images, "audio": _audio, "tables": _tables, "text": _text}[modality]
            made[modality] = make(shrunk_parameters, small_digits, folder)
        return made[modality]

    return once


def _settings(kind: Any, parameters: dict[str, Any], modality: str) -> Any:
    own = parameters[f"detect_{modality}"]
    return kind(**{**own, "detectors": DETECTORS[modality], "false_positive_rates": [0.1]})


def _saved(
    folder: Path, prefix: str, fitted: Any, scores: Any, card: Any, transform: Any = None
) -> Path:
    detectors, estimators, _ = fitted
    trusted = TRUSTED.get(f"{prefix}_estimators", ())
    ModelDataset(filepath=folder / "detectors").save(detectors)
    SkopsDataset(filepath=folder / "estimators.skops", trusted=trusted).save(estimators)
    ParquetDataset(filepath=folder / "scores.parquet").save(scores)
    JsonDataset(filepath=folder / "scorer.json").save(card)
    if transform is not None:
        trusted = TRUSTED["table_transform"]
        SkopsDataset(filepath=folder / "transform.skops", trusted=trusted).save(transform)
    return folder


def _images(parameters: dict[str, Any], digits: Any, folder: Path) -> Trained:
    from kizu.pipelines.detect_images.nodes import IMAGES, describe_image_scorer
    from kizu.pipelines.detect_images.parameters import DetectImagesParameters
    from kizu.sources.digits import read_digits
    from kizu.sources.images import ImageChecks

    settings = _settings(DetectImagesParameters, parameters, "images")
    fitted = fit_detectors(IMAGES, digits.images, digits.index, settings, folder)
    scores = score_items(IMAGES, digits.images, digits.index, *fitted[:2], settings)
    card = describe_image_scorer(
        digits.images,
        ImageChecks(**parameters["ingest_images"]["checks"]),
        parameters["images"]["channels"],
        parameters["images"]["steps"],
        settings,
    )
    source = folder / "source"
    contents = {digit.id: digit.content for digit in read_digits()}
    for identity, path in zip(digits.index["id"], digits.index["source"], strict=True):
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes(contents[identity])
    places = dict(zip(digits.index["id"], digits.index["source"], strict=True))
    return _of_files(
        _saved(folder / "model", "image", fitted, scores, card), source, scores, places
    )


def _audio(parameters: dict[str, Any], _: Any, folder: Path) -> Trained:
    from kizu.pipelines.audio.nodes import extract_features, prepare_clips, split_clips
    from kizu.pipelines.audio.parameters import AudioParameters
    from kizu.pipelines.detect_audio.nodes import AUDIO, describe_audio_scorer
    from kizu.pipelines.detect_audio.parameters import DetectAudioParameters
    from kizu.sources.audio import AudioChecks
    from kizu.sources.audio_sources import open_audio_source
    from kizu.sources.machine_sounds import MachineSoundsParameters

    sounds = parameters["ingest_audio"]["machine_sounds"]
    made = MachineSoundsParameters(**{**sounds, "normal_clips": 48, "clips_per_fault": 8})
    rows = []
    for item in open_audio_source("machine_sounds", None, made).items:
        path = folder / "source" / item.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(item.make() if hasattr(item, "make") else item.content)
        rows.append({"id": item.id, "path": item.path, "label": item.label, "split": item.split})
    manifest = pd.DataFrame(rows)
    preparation = AudioParameters(**parameters["audio"])
    files = {path: folder / "source" / path for path in manifest["path"]}
    clips = {}
    for name, make in prepare_clips(files, manifest, preparation).items():
        clips[name] = folder / "clips" / name
        clips[name].parent.mkdir(parents=True, exist_ok=True)
        clips[name].write_bytes(make())
    features = np.concatenate(list(extract_features(clips, manifest, preparation).blocks()))
    index = split_clips(features, manifest, preparation)
    settings = _settings(DetectAudioParameters, parameters, "audio")
    fitted = fit_detectors(AUDIO, features, index, settings, folder)
    scores = score_items(AUDIO, features, index, *fitted[:2], settings)
    checks = AudioChecks(**parameters["ingest_audio"]["checks"])
    card = describe_audio_scorer(
        features, {"rate": 8000}, checks, preparation.steps, preparation.log_mel, settings
    )
    places = dict(zip(index["id"], index["source"], strict=True))
    model = _saved(folder / "model", "audio", fitted, scores, card)
    return _of_files(model, folder / "source", scores, places)


def _of_files(model: Path, source: Path, scores: Any, paths: dict[str, str]) -> Trained:
    tested = scores.loc[scores["split"] == "test", "id"].unique().tolist()
    columns = pd.DataFrame(
        {
            "file": [paths[identity] for identity in tested],
            "content": [(source / paths[identity]).read_bytes() for identity in tested],
        },
        index=tested,
    )
    places: dict[str, tuple[str, int | None]] = {
        identity: (path, None) for identity, path in paths.items()
    }
    return Trained(model, source, scores, places, columns)


def _tables(parameters: dict[str, Any], _: Any, folder: Path) -> Trained:
    from kizu.pipelines.detect_tables.nodes import TABLES, describe_table_scorer
    from kizu.pipelines.detect_tables.parameters import DetectTablesParameters
    from kizu.pipelines.tables import nodes
    from kizu.pipelines.tables.parameters import TablesParameters
    from kizu.sources.machine_telemetry import read_machine_telemetry
    from kizu.sources.table_collection import collect_tables
    from kizu.sources.tables import TableChecks

    checks = TableChecks(**parameters["ingest_tables"]["checks"])
    settings = TablesParameters(**parameters["tables"])
    raw = collect_tables(read_machine_telemetry(), checks, 0.0).frame.head(600)
    features, target, roles, strengths = nodes.check_columns(
        raw.reset_index(names="row_id"), settings
    )
    index = nodes.split_table(features, target, roles, strengths, settings)
    plans, _, columns = nodes.plan_table(features, roles, strengths, index, settings)
    inputs, transform, _, _ = nodes.transform_table(features, index, plans, settings)
    detecting = _settings(DetectTablesParameters, parameters, "tables")
    fitted = fit_detectors(TABLES, inputs, index, detecting, folder)
    scores = score_items(TABLES, inputs, index, *fitted[:2], detecting)
    card = describe_table_scorer(inputs, transform, {"columns": columns}, checks, detecting)
    raw.to_csv(folder / "source" / "rows.csv", index=False)
    tested = scores.loc[scores["split"] == "test", "id"].unique()
    return Trained(
        _saved(folder / "model", "table", fitted, scores, card, transform),
        folder / "source",
        scores,
        {identity: ("rows.csv", row + 2) for row, identity in enumerate(raw.index)},
        raw.loc[tested],
    )


def _text(parameters: dict[str, Any], _: Any, folder: Path) -> Trained:
    from kizu.pipelines.detect_text.nodes import TEXT, describe_text_scorer
    from kizu.pipelines.detect_text.parameters import DetectTextParameters
    from kizu.pipelines.ingest_text.nodes import collect_text
    from kizu.pipelines.ingest_text.parameters import IngestTextParameters
    from kizu.pipelines.text.nodes import cut_documents, number_documents
    from kizu.pipelines.text.parameters import TextParameters

    source = IngestTextParameters(**parameters["ingest_text"])
    preparation = TextParameters(**parameters["text"])
    settings = _settings(DetectTextParameters, parameters, "text")
    raw = collect_text(None, source)[0].iloc[1600:2400].reset_index(drop=True)
    documents, index, tokenizer = cut_documents(raw, preparation)
    tokens, vocabulary = number_documents(documents, index, preparation)
    fitted = fit_detectors(TEXT, tokens, index, settings, folder)
    scores = score_items(TEXT, tokens, index, *fitted[:2], settings)
    card = describe_text_scorer(
        tokenizer,
        vocabulary,
        source.source,
        source.folder,
        source.checks,
        preparation.steps,
        preparation.token_steps,
        preparation.max_length,
        settings,
    )
    (folder / "source" / "machine.log").write_text("\n".join(raw["text"]) + "\n")
    return Trained(
        _saved(folder / "model", "text", fitted, scores, card),
        folder / "source",
        scores,
        {identity: ("machine.log", row + 1) for row, identity in enumerate(raw["id"])},
        raw.set_index("id")[["text"]],  # all of them: a line's score depends on those before it
    )
