"""Labels of new pictures: ``kizu classify``."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from kizu.classification import imagenet_labeler
from kizu.cli import main
from kizu.datasets.model import ModelDataset
from kizu.lineage.project import Project
from kizu.models.imagenet import ImagenetClassifier
from kizu.models.serialization import pack
from kizu.models.vit import VisionTransformer
from kizu.pipelines.classifier.nodes import keep_preparation

MODEL = "data/06_models/classifier"
ARCHITECTURE = "shufflenet_v2_x0_5"


def classifier() -> dict[str, Any]:
    """A classifier of three classes that calls everything a bee, and an ant if not that."""
    torch.manual_seed(0)
    network = VisionTransformer(
        image_size=8, channels=1, class_count=3, patch_size=4, width=8, depth=1, heads=2
    )
    with torch.no_grad():
        network.head.weight.zero_()
        network.head.bias.copy_(torch.tensor([1.0, 2.0, 0.0]))
    packed = pack(classifier=network)
    model = {**packed, "config": packed["config"] | {"class_names": ["ant", "bee", "wasp"]}}
    steps = [{"resize": {"height": 8, "width": 8}}]
    return keep_preparation(model, np.zeros((5, 1, 8, 8), np.uint8), "gray", steps)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with a trained classifier, and a folder of two pictures and a broken one."""
    (tmp_path / "pyproject.toml").write_text('[tool.kedro]\npackage_name = "kizu"\n')
    (tmp_path / "conf" / "base").mkdir(parents=True)
    catalog = tmp_path / "conf" / "base" / "catalog.yml"
    catalog.write_text(f"classifier_model: {{filepath: {MODEL}}}\n")
    ModelDataset(filepath=str(tmp_path / MODEL)).save(classifier())
    (tmp_path / "new").mkdir()
    photo = np.random.default_rng(0).integers(0, 256, (30, 20, 3), dtype=np.uint8)
    for name in ("a.png", "b.jpg"):
        Image.fromarray(photo).save(tmp_path / "new" / name)
    (tmp_path / "new" / "c.png").write_bytes(b"no picture")
    monkeypatch.chdir(tmp_path)
    return Project.at(tmp_path)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["classify", *arguments])


def test_names_the_likeliest_classes_of_every_picture_and_lists_what_is_none(project):
    result = run("new", "--top", "2")
    assert result.exit_code == 3
    shares = np.exp([2, 1, 0]) / np.exp([2, 1, 0]).sum()
    expected = f"bee {shares[0]:.1%}, ant {shares[1]:.1%}"
    assert result.stdout.splitlines() == [f"a.png: {expected}", f"b.jpg: {expected}"]
    assert result.stderr.startswith("rejected: c.png: ")


def test_one_picture(project):
    result = run("new/a.png", "--run", MODEL)
    assert result.exit_code == 0
    assert result.stdout.startswith("a.png: bee ")
    assert result.stdout.count("%") == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent.png"], "there is no file and no folder absent.png"),
        (["new", "--top", "4"], "choose --top from 1 to 3"),
        (["new", "--imagenet", "vgg17"], "'vgg17'.\n  -> choose --imagenet from alexnet,"),
        (["new", "--weights", "vgg16.pth"], "say which with --imagenet"),
        (["new", "--imagenet", "vgg16", "--run", MODEL], "--run data/06_models/classifier names"),
        (["new", "--imagenet", "vgg16", "--weights", "absent.pth"], "there is no file absent.pth"),
    ],
)
def test_says_what_is_wrong(project, arguments, message):
    result = run(*arguments)
    assert result.exit_code == 1
    assert message in result.output


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("absent.png", "there is no file and no folder absent.png"),
        ("nothing", "the folder nothing is empty"),
        ("pipe.png", "pipe.png is neither a file nor a folder"),
        ("notes.txt", "has an extension of images.\n  -> known are .bmp, .gif,"),
    ],
)
def test_looks_at_the_path_before_the_model(project, monkeypatch, path, message):
    monkeypatch.setattr("kizu.trained.load_trained", lambda *_, **__: pytest.fail("loaded"))
    (project.root / "nothing").mkdir()
    (project.root / "notes.txt").write_text("no picture")
    os.mkfifo(project.root / "pipe.png")
    result = run(path)
    assert result.exit_code == 1
    assert message in result.output


def test_a_picture_needs_no_extension(project):
    (project.root / "scan").write_bytes((project.root / "new" / "a.png").read_bytes())
    result = run("scan", "--run", MODEL)
    assert result.stdout.startswith("scan: bee "), result.output


def test_an_empty_file_is_called_so_as_in_scoring(project):
    (project.root / "empty.png").write_bytes(b"")
    result = run("empty.png")
    assert result.exit_code == 3
    assert result.stderr == "rejected: empty.png: is empty\n"


def test_a_model_that_does_not_say_how_its_pictures_were_prepared(project):
    path = project.root / MODEL / "config.json"
    config = json.loads(path.read_text())
    del config["preparation"]
    path.write_text(json.dumps(config))
    result = run("new")
    assert "an earlier version saved it" in result.output


def test_imagenets_classes_and_preparation(tmp_path):
    reference = ImagenetClassifier(ARCHITECTURE, 1000).network
    reference.fc = torch.nn.Linear(1024, 1000)
    with torch.no_grad():
        reference.fc.weight.zero_()
        reference.fc.bias.copy_(torch.arange(1000) == 309)
    path = tmp_path / "weights.pth"
    torch.save(reference.state_dict(), path)
    labeler = imagenet_labeler(ARCHITECTURE, str(path))
    assert labeler.class_names[int(labeler.model.head.bias.argmax())] == "bee"

    photo = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    Image.fromarray(photo).save(tmp_path / "photo.png")
    from torchvision import models

    published = models.get_model_weights(ARCHITECTURE).DEFAULT.transforms()
    theirs = published(Image.fromarray(photo))
    deviation = torch.tensor(published.std)[:, None, None]
    mean = torch.tensor(published.mean)[:, None, None]
    levels = (theirs * deviation + mean) * 255
    ours = torch.tensor(labeler.prepare(tmp_path / "photo.png")).float()
    assert (levels - ours).abs().max() <= 1.01
