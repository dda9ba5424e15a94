"""The stage `ingest_text`, run by Kedro."""

import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from pydantic import ValidationError

from kizu.pipelines.ingest_text import create_pipeline
from kizu.pipelines.ingest_text.parameters import IngestTextParameters
from kizu.sources import text_sources
from kizu.sources.download import Fetched
from kizu.sources.manifest import RejectShareError

OUTPUTS = ["raw_documents", "text_manifest", "text_rejects", "text_origin", "ingest_text_metrics"]


@pytest.fixture
def settings(shrunk_parameters):
    return shrunk_parameters["ingest_text"]


def ingest(settings: dict, folder: Path | None = None) -> dict:
    catalog = DataCatalog(
        {
            "source_text": MemoryDataset(folder),
            "params:ingest_text": MemoryDataset(IngestTextParameters(**settings)),
        }
    )
    outputs = SequentialRunner().run(create_pipeline(), catalog)
    return {name: outputs[name].load() for name in OUTPUTS}


def test_the_builtin_log_is_all_usable(settings):
    outputs = ingest(settings)
    documents = outputs["raw_documents"]
    assert documents.columns.tolist() == ["id", "text", "label", "split", "time", "position"]
    assert len(documents) == 4000
    assert documents["id"].is_unique
    assert documents["position"].tolist() == list(range(4000))
    assert documents["text"].iloc[0].startswith("controller INFO boot firmware")
    assert outputs["text_manifest"]["documents"].tolist() == [4000]
    assert outputs["text_rejects"].columns.tolist() == ["file", "reason"]
    assert "Synthetic" in outputs["text_origin"]["note"]
    assert outputs["ingest_text_metrics"] == {
        "documents": 4000,
        "files": 1,
        "bytes": int(outputs["text_manifest"]["size_bytes"].iloc[0]),
        "characters": sum(map(len, documents["text"])),
        "classes": 5,
        "rejects": 0,
        "reject_share": 0.0,
    }


def test_a_folder_of_files_and_tables(settings, tmp_path):
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "a.txt").write_text("fine")
    (tmp_path / "b.csv").write_text("label,text\nbad,torn\nbad\n")
    outputs = ingest(settings | {"source": "folder", "max_reject_share": 0.5}, tmp_path)
    assert outputs["raw_documents"]["text"].tolist() == ["torn", "fine"]
    assert outputs["raw_documents"]["label"].tolist() == ["bad", "good"]
    assert outputs["text_rejects"].values.tolist() == [
        ["b.csv:3", "has 1 fields; the header has 2"]
    ]
    with pytest.raises(RejectShareError, match=r"1 of 3 documents"):
        ingest(settings | {"source": "folder"}, tmp_path)


def test_a_folder_source_without_a_folder_names_the_catalog_entry(settings):
    with pytest.raises(ValueError, match=r"'source_text' names no folder"):
        ingest(settings | {"source": "folder"})


def test_imdb_keeps_its_splits_and_leaves_out_what_is_no_labeled_review(
    settings, tmp_path, monkeypatch
):
    archive = tmp_path / "small.tar.gz"
    with tarfile.open(archive, "w:gz") as file:
        for name in (
            "aclImdb/train/pos/1_9.txt",
            "aclImdb/test/neg/0_2.txt",
            "aclImdb/train/unsup/3_0.txt",
            "aclImdb/README",
            "aclImdb/train/urls_pos.txt",
        ):
            member = tarfile.TarInfo(name)
            content = f"review {name}".encode()
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))
    monkeypatch.setenv("KIZU_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(text_sources, "fetch", lambda _: Fetched(archive, mirrored=True))
    outputs = ingest(settings | {"source": "imdb"})
    rows = outputs["raw_documents"][["id", "label", "split"]].values.tolist()
    assert rows == [
        ["aclImdb/test/neg/0_2.txt", "negative", "test"],
        ["aclImdb/train/pos/1_9.txt", "positive", "train"],
    ]
    assert len(outputs["text_rejects"]) == 0
    assert "mirror" in outputs["text_origin"]["note"]


def test_bgl_is_normal_where_its_label_is_a_dash(settings, tmp_path, monkeypatch):
    file = tmp_path / "bgl.csv"
    file.write_text(
        "LineId,Label,Timestamp,Content\n1,-,1117838570,fine\n2,KERNDTLB,1117838573,data error\n"
    )
    monkeypatch.setattr(text_sources, "fetch", lambda _: Fetched(file))
    documents = ingest(settings | {"source": "bgl"})["raw_documents"]
    assert documents["label"].tolist() == ["normal", "KERNDTLB"]
    assert documents["text"].tolist() == ["fine", "data error"]


def test_a_named_sets_hash_is_checked(tmp_path, monkeypatch):
    monkeypatch.setenv("KIZU_DATA_MIRROR", str(tmp_path))
    (tmp_path / "bgl_2k.csv").write_text("Label,Timestamp,Content\n-,1,x\n")
    known = text_sources._BGL_FILE
    with pytest.raises(RuntimeError, match="and not sha256:3fe74103"):
        text_sources.fetch(known)
    digest = hashlib.sha256((tmp_path / "bgl_2k.csv").read_bytes()).hexdigest()
    assert text_sources.fetch(replace(known, hash=f"sha256:{digest}")).path.is_file()


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"source": "web"}, "source"),
        ({"max_reject_share": 2.0}, "max_reject_share"),
        ({"folder": {"unit": "page"}}, "folder.unit"),
    ],
)
def test_a_wrong_parameter_is_named(settings, change, where):
    with pytest.raises(ValidationError) as error:
        IngestTextParameters(**(settings | change))
    assert where in {".".join(map(str, problem["loc"])) for problem in error.value.errors()}


def test_documents_are_the_same_every_time(settings):
    first, second = ingest(settings), ingest(settings)
    pd.testing.assert_frame_equal(first["raw_documents"], second["raw_documents"])
