"""The stage `images`, run by Kedro: in memory, and on disk after `ingest_images`."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from kedro.io import DataCatalog, DatasetError, MemoryDataset
from kedro.runner import SequentialRunner
from PIL import Image

from kizu.pipelines.images import create_pipeline
from kizu.pipelines.images.parameters import ImagesParameters
from kizu.pipelines.ingest_images import create_pipeline as create_ingest_pipeline
from kizu.pipelines.ingest_images.parameters import IngestImagesParameters
from kizu.preprocessing.images import ImageDecodingError
from kizu.preprocessing.prepared_images import ImageStepsError
from kizu.preprocessing.splits import SplitError, check_disjoint, content_hashes

PROJECT = Path(__file__).parents[2]
OUTPUTS = ["images", "image_index", "images_metrics", "image_gallery", "image_histogram"]


class KeptDataset(MemoryDataset):
    """Keeps what Kedro would forget once the last node has read it."""

    def _release(self) -> None:
        pass


class ArrayDataset(KeptDataset):
    """Hands on an array, as a file does that was written row by row."""

    def save(self, data: Any) -> None:
        super().save(np.asarray(data))


@pytest.fixture
def settings(shrunk_parameters):
    return shrunk_parameters["images"]


def png(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "PNG")
    return buffer.getvalue()


def prepare(
    settings: dict, files: dict[str, bytes], labels: list[str], own_splits: list[str] | None = None
) -> dict:
    names = list(files)
    manifest = pd.DataFrame(
        {
            "id": [f"id {name}" for name in names],
            "path": names,
            "label": labels,
            "split": own_splits or [""] * len(names),
        }
    )
    catalog = DataCatalog(
        {
            "raw_images": MemoryDataset(files),
            "image_manifest": MemoryDataset(manifest),
            "params:images": MemoryDataset(ImagesParameters(**settings)),
            **{name: KeptDataset() for name in OUTPUTS},
            "images": ArrayDataset(),
        }
    )
    SequentialRunner().run(create_pipeline().to_outputs(*OUTPUTS), catalog)
    return {name: catalog.load(name) for name in OUTPUTS}


def noise(count: int, size: int = 16) -> dict[str, bytes]:
    pixels = np.random.default_rng(0).integers(0, 256, (count, size, size, 3), np.uint8)
    return {f"{number}.png": png(image) for number, image in enumerate(pixels)}


@pytest.mark.parametrize(("channels", "count"), [("gray", 1), ("rgb", 3)])
def test_images_and_index_have_a_row_for_each_file(settings, channels, count):
    files = noise(8)
    outputs = prepare(settings | {"channels": channels}, files, ["b", "a"] * 4)
    images, index = np.asarray(outputs["images"]), outputs["image_index"]
    assert images.shape == (8, count, 16, 16)
    assert images.dtype == np.uint8
    assert index.columns.tolist() == ["id", "source", "label", "class_name", "split"]
    assert index["id"].tolist() == [f"id {name}" for name in files]
    assert index["source"].tolist() == list(files)
    assert index["label"].tolist() == [1, 0] * 4
    assert index["label"].dtype == np.int64
    assert index["class_name"].tolist() == ["b", "a"] * 4
    assert index["split"].value_counts().to_dict() == {"train": 4, "calibration": 2, "test": 2}
    if channels == "rgb":
        with Image.open(io.BytesIO(files["3.png"])) as image:
            assert np.array_equal(images[3], np.asarray(image).transpose(2, 0, 1))


def test_masks_are_prepared_as_their_images_are(settings):
    from kizu.pipelines.images.nodes import prepare_image_masks

    mark = np.zeros((32, 32), np.uint8)
    mark[8:16, 4:20] = 255
    manifest = pd.DataFrame({"id": ["x", "y", "z"], "path": ["x.png", "y.jpg", "z.png"]})
    images = np.zeros((3, 1, 16, 16), np.uint8)
    masks, index = prepare_image_masks(
        {"z.png": png(mark), "y.jpg": png(mark.T)}, manifest, images, ImagesParameters(**settings)
    )
    assert index["id"].tolist() == ["y", "z"]
    assert (masks[1] == (mark[::2, ::2] > 0)).all()
    assert (masks[0] == masks[1].T).all()


def test_metrics_describe_the_images(settings):
    outputs = prepare(settings, noise(8), ["b", "a"] * 4)
    images = np.asarray(outputs["images"])
    assert outputs["images_metrics"] == {
        "count": 8,
        "train.count": 4,
        "calibration.count": 2,
        "test.count": 2,
        "class.a.count": 4,
        "class.b.count": 4,
        "minimum": images.min(),
        "maximum": images.max(),
        "mean": pytest.approx(images.mean()),
        "standard_deviation": pytest.approx(images.std()),
    }


def test_images_that_become_equal_share_a_split(settings):
    """Copies, another file format, another compression: equal pixels count, not equal files."""
    originals = noise(10)
    files = {}
    for name, content in originals.items():
        files[name] = content
        buffer = io.BytesIO()
        with Image.open(io.BytesIO(content)) as image:
            image.save(buffer, "BMP")
        files[f"{name}.bmp"] = buffer.getvalue()
        files[f"copy of {name}"] = content
    outputs = prepare(settings, files, ["a"] * len(files))
    splits = dict(zip(files, outputs["image_index"]["split"], strict=True))
    for name in originals:
        assert splits[name] == splits[f"{name}.bmp"] == splits[f"copy of {name}"]
    check_disjoint(
        outputs["image_index"]["id"],
        content_hashes(np.asarray(outputs["images"])),
        outputs["image_index"]["split"],
    )


def test_the_sources_own_test_split_can_be_kept(settings):
    own = ["train", "test"] * 6
    official = settings | {"split": settings["split"] | {"official": True}}
    index = prepare(official, noise(12), ["a"] * 12, own)["image_index"]
    assert (index["split"] == "test").tolist() == [split == "test" for split in own]
    assert index["split"].value_counts().to_dict() == {"test": 6, "train": 4, "calibration": 2}


def test_too_few_images_are_refused(settings):
    with pytest.raises(SplitError, match="3 items with 1 different contents are too few"):
        prepare(settings, dict.fromkeys("abc", next(iter(noise(1).values()))), ["a"] * 3)


def test_a_raw_file_that_was_damaged_later_is_named(settings):
    files = noise(8)
    files["5.png"] = files["5.png"][:50]
    with pytest.raises(DatasetError, match=r"5\.png.*Run the stage ingest_images again"):
        prepare(settings, files, ["a"] * 8)


def test_an_image_of_another_shape_is_named_with_a_way_out(settings):
    files = noise(4) | {"wide.png": png(np.zeros((16, 30, 3), np.uint8))}
    with pytest.raises(DatasetError) as caught:
        prepare(settings | {"steps": ["grayscale"], "channels": "rgb"}, files, ["a"] * 5)
    for part in ("wide.png ends as 16 × 30 gray", "0.png as 16 × 16 gray", "resize", "center_crop"):
        assert part in str(caught.value)


def test_a_step_that_does_not_fit_names_the_image(settings):
    steps = [{"center_crop": {"height": 17, "width": 16}}]
    with pytest.raises(
        ImageStepsError, match=r"0\.png: a center crop of 17 × 16 .*resize it first"
    ):
        prepare(settings | {"steps": steps}, noise(8), ["a"] * 8)


def test_a_manifest_without_images_is_refused(settings):
    with pytest.raises(ImageDecodingError, match="lists no image"):
        prepare(settings, {}, [])


def test_steps_are_applied_in_order(settings):
    steps = [{"crop": {"top": 1, "left": 2, "height": 3, "width": 4}}, "flip_vertically"]
    files = noise(8)
    images = prepare(settings | {"steps": steps, "channels": "rgb"}, files, ["a"] * 8)["images"]
    with Image.open(io.BytesIO(files["5.png"])) as image:
        expected = np.asarray(image)[1:4, 2:6][::-1].transpose(2, 0, 1)
    assert np.array_equal(np.asarray(images)[5], expected)


def test_the_default_is_a_gray_bilinear_resize_by_pillow(settings):
    files = noise(8, size=8)
    images = np.asarray(prepare(settings, files, ["a"] * 8)["images"])
    for content, ours in zip(files.values(), images, strict=True):
        with Image.open(io.BytesIO(content)) as image:
            plain = image.convert("L").resize((16, 16), Image.Resampling.BILINEAR)
        assert np.array_equal(ours[0], np.asarray(plain))


@pytest.fixture(scope="module")
def stages_on_disk(shrunk_parameters, tmp_path_factory):
    """Both stages on the built-in digits with the catalog of conf/base, in two places."""
    places = [tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")]
    for place in places:
        entries = {}
        for stage in ("ingest_images", "images"):
            file = PROJECT / "conf" / "base" / f"catalog_{stage}.yml"
            entries |= yaml.safe_load(file.read_text())
        for entry in entries.values():
            if entry["filepath"]:
                entry["filepath"] = str(place / entry["filepath"])
        catalog = DataCatalog.from_config(entries)
        catalog["params:ingest_images"] = MemoryDataset(
            IngestImagesParameters(**shrunk_parameters["ingest_images"])
        )
        catalog["params:images"] = MemoryDataset(ImagesParameters(**shrunk_parameters["images"]))
        SequentialRunner().run(create_ingest_pipeline() + create_pipeline(), catalog)
    return places, catalog


def test_the_whole_default_run_gives_the_same_bytes_twice(stages_on_disk):
    trees = [
        {file.relative_to(place): file.read_bytes() for file in place.rglob("*") if file.is_file()}
        for place in stages_on_disk[0]
    ]
    assert trees[0] == trees[1]
    raw = Path("data/01_raw/images/files")
    assert sum(file.is_relative_to(raw) for file in trees[0]) == 1797


def test_the_digits_on_disk_are_mapped_indexed_and_disjoint(stages_on_disk):
    catalog = stages_on_disk[1]
    images, index = catalog.load("images"), catalog.load("image_index")
    assert isinstance(images, np.memmap)
    assert images.shape == (1797, 1, 16, 16)
    assert index["label"].dtype == np.int64
    assert index["class_name"].tolist() == index["label"].astype(str).tolist()
    for split, share in (("train", 0.5), ("calibration", 0.25), ("test", 0.25)):
        assert (index["split"] == split).sum() == pytest.approx(1797 * share, abs=1)
    check_disjoint(index["id"], content_hashes(images), index["split"])


def test_small_digits_have_every_class_in_every_split(small_digits):
    counts = small_digits.index.groupby(["class_name", "split"]).size().unstack()
    assert (counts["train"] == 12).all()
    assert (counts["calibration"] == 6).all()
    assert (counts["test"] == 6).all()
    assert small_digits.images.shape == (240, 1, 16, 16)
