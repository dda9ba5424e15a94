"""Samples from a saved model alone: ``kizu sample``."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from kizu import sampling
from kizu.cli import main
from kizu.datasets.model import ModelDataset
from kizu.lineage.errors import KizuError
from kizu.lineage.project import Project
from kizu.models.gan import build_gan
from kizu.models.serialization import pack
from kizu.models.unet import UNet

NAMES = ["ant", "bee", "wasp"]
GAN, DIFFUSION = "data/06_models/gan", "data/06_models/diffusion"


def model(class_count: int = len(NAMES), seed: int = 0) -> dict[str, Any]:
    torch.manual_seed(seed)
    generator, _ = build_gan(
        "sngan_cnn", 16, 1, class_count=class_count, latent_dim=8, generator_width=4
    )
    with torch.no_grad():  # classes are all alike before training
        for weight in generator.parameters():
            weight += 0.1 * torch.randn_like(weight)
    packed = pack(generator_average=generator)
    return {**packed, "config": packed["config"] | {"class_names": NAMES}}


def diffusion_model(*, conditional: bool = True, label_dropout: float = 0.1) -> dict[str, Any]:
    torch.manual_seed(0)
    network = UNet(
        8,
        1,
        width=8,
        multipliers=(1,),
        blocks_per_level=1,
        attention_sizes=(),
        groups=4,
        head_width=4,
        class_count=len(NAMES) if conditional else 0,
    )
    with torch.no_grad():  # the last layer begins as zero
        for weight in network.parameters():
            weight += 0.1 * torch.randn_like(weight)
    packed = pack(network_average=network)
    more = {
        "class_names": NAMES,
        "process": {
            "schedule": {"name": "cosine", "timesteps": 100},
            "formulation": {"kind": "variance_preserving", "prediction": "velocity"}
            | {"weighting": "simple", "gamma": 5.0},
        },
        "sampling": {
            "sampler": {"name": "ddim", "steps": 3, "spacing": "uniform", "eta": 0.5}
            | {"variance": "lower", "churn": 0.0, "guidance_scale": 1.0, "clip": True},
            "conditional": conditional,
            "label_dropout": label_dropout,
        },
    }
    return {**packed, "config": packed["config"] | more}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with a saved model and nothing else."""
    (tmp_path / "pyproject.toml").write_text('[tool.kedro]\npackage_name = "kizu"\n')
    (tmp_path / "conf" / "base").mkdir(parents=True)
    for stage in sampling.NETWORKS:
        catalog = tmp_path / "conf" / "base" / f"catalog_{stage}.yml"
        catalog.write_text(f"{stage}_model: {{filepath: data/06_models/{stage}}}\n")
    ModelDataset(filepath=str(tmp_path / GAN)).save(model())
    monkeypatch.chdir(tmp_path)
    return Project.at(tmp_path)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def options(**changes: Any) -> dict[str, Any]:
    return {"class_name": None, "count": 9, "truncation": None, "seed": 0, "sampler": {}} | changes


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["sample", *arguments])


def test_draws_the_workspaces_model_into_a_file(project):
    result = run("--class", "bee", "--n", "10", "--truncation", "0.7", "out.png")
    assert result.exit_code == 0, result.output
    drawn = pixels((project.root / "out.png").read_bytes())
    assert drawn.shape == (17 * 3 - 1, 17 * 4 - 1)
    expected = sampling.draw(model(), **options(class_name="1", count=10, truncation=0.7))
    assert np.array_equal(drawn, pixels(expected))


def test_class_seed_and_truncation_decide_what_is_drawn():
    pictures = [
        sampling.draw(model(), **options(**changes))
        for changes in (
            {},
            {"class_name": "ant"},
            {"class_name": "wasp"},
            {"class_name": "ant", "seed": 1},
            {"class_name": "ant", "truncation": 0.1},
        )
    ]
    assert len(set(pictures)) == len(pictures)
    assert pictures[1] == sampling.draw(model(), **options(class_name="0"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--class", "fly", "out.png"],
            "no class 'fly'.\n  -> choose --class from ant, bee, wasp; or a number from 0 to 2",
        ),
        (["--class", "3", "out.png"], "no class '3'"),
        (["--class", "-1", "out.png"], "no class '-1'"),
        (["out.jpg"], "out.jpg is no PNG file"),
        (["absent/out.png"], "there is no folder absent"),
        (["--run", "src", "out.png"], "src holds no saved model"),
        (["--n", "0", "out.png"], "0 is not in the range"),
        (["--n", "10001", "out.png"], "'--n': 10001 is not in the range 1<=x<=10000"),
        (["--truncation", "0", "out.png"], "0.0 is not in the range"),
        (["--truncation", "nan", "out.png"], "'--truncation': nan is not in the range x>0"),
        (["--truncation", "inf", "out.png"], "'--truncation': inf is not in the range x>0"),
        (["--seed", "4294967296", "out.png"], "4294967296 is not in the range 0<=x<=4294967295"),
        (["--steps", "0", "out.png"], "'--steps': 0 is not in the range x>=1"),
        (["--guidance", "nan", "out.png"], "'--guidance': nan is not in the range x>=0"),
        (["--method", "euler", "out.png"], "'--method': 'euler' is not one of 'ddpm'"),
    ],
)
def test_says_what_is_wrong(project, arguments, message):
    (project.root / "src").mkdir()
    result = run(*arguments)
    assert result.exit_code != 0
    assert message in result.output
    assert not (project.root / "out.png").exists()


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        ("out.jpg", "out.jpg is no PNG file"),
        ("absent/out.png", "there is no folder absent"),
        ("folder.png", "is a directory"),
        ("locked.png", "locked.png may not be written (no permission)"),
    ],
)
def test_looks_at_the_path_before_the_model(project, monkeypatch, picture, message):
    monkeypatch.setattr("kizu.trained.load_trained", lambda *_, **__: pytest.fail("loaded"))
    monkeypatch.setattr("os.access", lambda path, _: Path(path).name != "locked.png")
    (project.root / "folder.png").mkdir()
    (project.root / "locked.png").write_bytes(b"")
    result = run(picture)
    assert result.exit_code != 0
    assert message in result.output


def test_a_generator_without_classes_cannot_be_asked_for_one():
    with pytest.raises(KizuError, match="knows no classes"):
        sampling.draw(model(class_count=0), **options(class_name="ant"))
    assert sampling.draw(model(class_count=0), **options())


def test_draws_from_a_diffusion_model_by_any_method(project):
    ModelDataset(filepath=str(project.root / DIFFUSION)).save(diffusion_model())
    pictures = set()
    for changes in (
        [],
        ["--class", "bee"],
        ["--class", "bee", "--guidance", "3"],
        ["--method", "heun"],
        ["--method", "dpm_solver", "--steps", "5"],
    ):
        result = run("--model", "diffusion", "--n", "4", *changes, "out.png")
        assert result.exit_code == 0, result.output
        pictures.add((project.root / "out.png").read_bytes())
    assert len(pictures) == 5
    result = run("--model", "diffusion", "--n", "4", "again.png")
    assert (project.root / "again.png").read_bytes() in pictures


@pytest.mark.parametrize(
    ("model", "changes", "message"),
    [
        (model(), {"sampler": {"steps": 5}}, "--steps 5: this is for a diffusion model"),
        (diffusion_model(), {"truncation": 0.7}, "--truncation 0.7 is for the latents of a GAN"),
        (
            diffusion_model(),
            {"sampler": {"steps": 101}},
            "--steps 101 .* 100.\n  -> choose --steps from 1 to 100",
        ),
        (
            diffusion_model(label_dropout=0.0),
            {"sampler": {"guidance_scale": 2.0}},
            "--guidance 2 needs a model that was trained with labels and without",
        ),
        (
            diffusion_model(conditional=False),
            {"class_name": "bee"},
            "--class bee was asked for, but the model knows no classes",
        ),
    ],
)
def test_says_which_option_a_model_has_no_use_for(model, changes, message):
    with pytest.raises(KizuError, match=message):
        sampling.draw(model, **options(**changes))
