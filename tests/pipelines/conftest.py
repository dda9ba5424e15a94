"""The built-in digits and their classifier, in full; and stages in folders of their own."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline
from kedro.runner import SequentialRunner


@pytest.fixture(scope="session")
def default_parameters() -> dict[str, Any]:
    """The parameters of every stage as conf/base has them."""
    files = (Path(__file__).parents[2] / "conf" / "base").glob("parameters*.yml")
    return {stage: own for file in files for stage, own in yaml.safe_load(file.read_text()).items()}


@pytest.fixture
def stage_files(tmp_path: Path) -> Callable[..., dict[str, bytes]]:
    """Runs a stage into a new folder each time, and gives the files that its catalog names."""

    def run(stage: str, pipeline: Pipeline, data: dict[str, Any]) -> dict[str, bytes]:
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        conf = Path(__file__).parents[2] / "conf" / "base" / f"catalog_{stage}.yml"
        outputs = yaml.safe_load(conf.read_text())
        entries = {
            name: entry | {"filepath": (folder / entry["filepath"]).as_posix()}
            for name, entry in outputs.items()
        }
        catalog = DataCatalog.from_config(entries)
        for name, value in data.items():
            catalog[name] = MemoryDataset(value)
        catalog["checkpoints"] = MemoryDataset(folder / "checkpoints", copy_mode="assign")
        SequentialRunner().run(pipeline, catalog)
        files = sorted(path for path in (folder / "data").rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    return run


@pytest.fixture(scope="session")
def all_digits(default_parameters: dict[str, Any]) -> tuple[np.ndarray, pd.DataFrame]:
    """All built-in digits, as the stage `images` hands them on."""
    from kizu.pipelines.images.nodes import prepare_images, split_images
    from kizu.pipelines.images.parameters import ImagesParameters
    from kizu.sources.digits import read_digits

    digits = list(read_digits())
    columns = ("id", "path", "label", "split")
    manifest = pd.DataFrame([{name: getattr(digit, name) for name in columns} for digit in digits])
    contents = {digit.path: digit.content for digit in digits}
    parameters = ImagesParameters(**default_parameters["images"])
    images = np.asarray(prepare_images(contents, manifest, parameters))
    return images, split_images(images, manifest, parameters)


@pytest.fixture(scope="session")
def digits_classifier(
    all_digits: tuple[np.ndarray, pd.DataFrame],
    default_parameters: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """The classifier of all built-in digits: half a minute, for slow tests."""
    from kizu.pipelines.classifier.nodes import train_classifier
    from kizu.pipelines.classifier.parameters import ClassifierParameters

    parameters = ClassifierParameters(**default_parameters["classifier"])
    return train_classifier(*all_digits, parameters, tmp_path_factory.mktemp("classifier"))[0]
