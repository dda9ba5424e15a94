"""The stage `ingest_images`, run by Kedro."""

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from PIL import Image
from pydantic import ValidationError

from kizu.pipelines.ingest_images import create_pipeline
from kizu.pipelines.ingest_images.parameters import IngestImagesParameters
from kizu.sources.manifest import RejectShareError

OUTPUTS = [
    "raw_images",
    "raw_image_masks",
    "image_manifest",
    "image_rejects",
    "image_origin",
    "ingest_images_metrics",
]


@pytest.fixture
def settings(shrunk_parameters):
    return shrunk_parameters["ingest_images"]


def ingest(settings: dict, folder: Path | None = None) -> dict:
    catalog = DataCatalog(
        {
            "source_images": MemoryDataset(folder),
            "params:ingest_images": MemoryDataset(IngestImagesParameters(**settings)),
            **{name: MemoryDataset() for name in OUTPUTS},
        }
    )
    SequentialRunner().run(create_pipeline(), catalog)
    return {name: catalog.load(name) for name in OUTPUTS}


def png(shade: int = 0, size: tuple[int, int] = (8, 8)) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", size, shade).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def photos(tmp_path):
    """Nine good images and three files that are none."""
    contents = {f"{label}/{n}.png": png(n) for label in ("cat", "dog", "傷 a") for n in range(3)}
    contents |= {
        "cat/cut.png": png()[:50],
        "dog/empty.png": b"",
        "dog/two\nlines.png": b"no image",
    }
    for name, content in contents.items():
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "photos"


def test_the_builtin_digits_are_all_usable(settings):
    outputs = ingest(settings)
    manifest = outputs["image_manifest"]
    assert manifest.columns.tolist() == [
        "id",
        "path",
        "sha256",
        "size_bytes",
        "width",
        "height",
        "mode",
        "label",
        "split",
    ]
    assert outputs["image_origin"]["name"] == "digits"
    assert len(manifest) == 1797
    assert manifest["id"].is_unique
    assert manifest["path"].is_monotonic_increasing
    assert set(manifest["label"]) == set("0123456789")
    assert (manifest[["width", "height"]] == 8).all(axis=None)
    assert len(outputs["image_rejects"]) == 0
    assert outputs["image_rejects"].columns.tolist() == ["file", "reason"]
    first = manifest.iloc[0]
    content = outputs["raw_images"][first["path"]]
    assert hashlib.sha256(content).hexdigest() == first["sha256"]
    assert outputs["ingest_images_metrics"] == {
        "files": 1797,
        "bytes": sum(map(len, outputs["raw_images"].values())),
        "classes": 10,
        "rejects": 0,
        "reject_share": 0.0,
        "masks": 0,
    }
    assert outputs["raw_image_masks"] == {}


def test_a_folders_broken_files_are_listed_and_the_rest_goes_on(settings, photos):
    outputs = ingest(settings | {"source": "folder", "max_reject_share": 0.25}, photos)
    assert list(outputs["raw_images"]) == [
        f"{label}/{n}.png" for label in ("cat", "dog", "傷 a") for n in range(3)
    ]
    assert set(outputs["image_manifest"]["label"]) == {"cat", "dog", "傷 a"}
    assert outputs["image_rejects"]["file"].tolist() == [
        "cat/cut.png",
        "dog/empty.png",
        "dog/two%0Alines.png",
    ]
    assert outputs["image_rejects"]["reason"].str.contains("cut short|empty|holds text").all()
    assert outputs["ingest_images_metrics"]["reject_share"] == 0.25


def test_a_folder_with_masks_keeps_splits_and_masks(settings, tmp_path):
    contents = {f"train/good/{n}.png": png(n) for n in range(3)}
    contents |= {"test/good/0.png": png(9), "test/crack/0.png": png(8), "test/crack/1.png": png(7)}
    contents |= {"ground_truth/crack/0_mask.png": png(255)}
    contents |= {"ground_truth/crack/1_mask.png": png(255, (4, 4))}
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    outputs = ingest(settings | {"source": "masked_folder", "max_reject_share": 0.5}, tmp_path)
    manifest = outputs["image_manifest"].set_index("id")
    assert manifest["split"].to_dict() == {
        "test/crack/0.png": "test",
        "test/good/0.png": "test",
        **{f"train/good/{n}.png": "train" for n in range(3)},
    }
    assert list(outputs["raw_images"]) == manifest["path"].tolist()
    assert outputs["raw_image_masks"] == {
        "test/crack/0.png": tmp_path / "ground_truth/crack/0_mask.png"
    }
    assert outputs["image_rejects"].to_numpy().tolist() == [
        ["test/crack/1.png", "has a mask of 4 × 4 pixels, and 8 × 8 itself"]
    ]
    assert outputs["ingest_images_metrics"]["masks"] == 1


def test_over_the_allowed_share_the_stage_fails_and_names_the_files(settings, photos):
    with pytest.raises(RejectShareError) as error:
        ingest(settings | {"source": "folder", "max_reject_share": 0.24}, photos)
    message = str(error.value)
    assert "3 of 12 files cannot be used (25.0%); max_reject_share allows 24.0%" in message
    assert "dog/empty.png: is empty" in message
    assert "dog/two%0Alines.png: holds text" in message


def test_images_of_another_size_than_expected_are_rejects(settings, photos):
    (photos / "cat" / "large.png").write_bytes(png(size=(9, 8)))
    checks = settings["checks"] | {"width": 8, "height": 8, "mode": "L"}
    changed = {"source": "folder", "max_reject_share": 0.5, "checks": checks}
    rejects = ingest(settings | changed, photos)["image_rejects"]
    reason = rejects.set_index("file")["reason"]["cat/large.png"]
    assert reason == "is 9 pixels wide; 8 are expected"


def test_a_folder_source_without_a_folder_names_the_catalog_entry(settings):
    with pytest.raises(ValueError, match=r"'source_images' names no folder.*filepath"):
        ingest(settings | {"source": "folder"})


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"source": "web"}, "source"),
        ({"source": {"kind": "folder"}}, "source"),
        ({"max_reject_share": 1.5}, "max_reject_share"),
        ({"max_rejects": 1}, "max_rejects"),
    ],
)
def test_a_wrong_parameter_is_named(settings, change, where):
    with pytest.raises(ValidationError) as error:
        IngestImagesParameters(**(settings | change))
    assert ".".join(map(str, error.value.errors()[0]["loc"])) == where


def test_a_wrong_extension_in_the_parameters_is_named(settings):
    checks = settings["checks"] | {"extensions": [".png", "jpg"]}
    with pytest.raises(ValidationError, match=r"checks\.extensions\.1"):
        IngestImagesParameters(**(settings | {"checks": checks}))


def test_nothing_depends_on_the_order_of_the_folder(settings, photos, tmp_path):
    names = [path.relative_to(photos) for path in sorted(photos.rglob("*")) if path.is_file()]
    for name in np.random.default_rng(0).permutation(names):
        target = tmp_path / "copy" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((photos / name).read_bytes())
    changed = settings | {"source": "folder", "max_reject_share": 0.5}
    first, second = ingest(changed, photos), ingest(changed, tmp_path / "copy")
    assert first["image_manifest"].equals(second["image_manifest"])
    assert first["image_rejects"].equals(second["image_rejects"])
