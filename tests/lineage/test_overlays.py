"""What a profile, and a cell of an experiment, leave of what they lie over."""

import shutil
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

from kizu.lineage.annotations import discriminator
from kizu.lineage.configuration import LOADER_ARGUMENTS, ProfileConfigLoader, config_loader
from kizu.lineage.errors import KizuError
from kizu.lineage.experiment_yaml import experiment_yaml
from kizu.lineage.experiments import load_experiment
from kizu.lineage.overlays import overlay
from kizu.lineage.parameters import validated_parameters
from kizu.lineage.project import Project
from kizu.lineage.stages import load_stage
from kizu.lineage.survey import survey
from kizu.parameters import Parameters

ROOT = Path(__file__).parents[2]


class Circle(Parameters):
    shape: Literal["circle"]
    radius: float


class Box(Parameters):
    shape: Literal["box"]
    sides: list[float]


class Drawing(Parameters):
    """A choice, one that may be missing, named ones, and words that choose nothing."""

    frame: Circle | Box = Field(discriminator="shape")
    hole: Annotated[Circle | Box, Field(discriminator="shape")] | None = None
    parts: dict[str, Annotated[Circle | Box, Field(discriminator="shape")]] = Field(
        default_factory=dict
    )
    pen: dict[str, str]


class Page(Parameters):
    drawing: Drawing | None = None


def laid(base, changes):
    return overlay(base, changes, lambda key: discriminator(Page, key))


def test_all_but_mappings_is_replaced():
    base = {"a": {"b": 1, "c": [1, 2]}, "d": {"e": 1}}
    assert laid(base, {"a": {"c": [3]}, "d": None}) == {"a": {"b": 1, "c": [3]}, "d": None}
    assert base == {"a": {"b": 1, "c": [1, 2]}, "d": {"e": 1}}


CIRCLE = {"shape": "circle", "radius": 2.0}
BOX = {"shape": "box", "sides": [1.0]}


@pytest.mark.parametrize("place", [("frame",), ("hole",), ("parts", "wheel")])
def test_another_model_replaces_the_one_below(place):
    def nested(value):
        for part in reversed(("drawing", *place)):
            value = {part: value}
        return value

    assert laid(nested(CIRCLE), nested(BOX)) == nested(BOX)
    # The same model, or none named: its options merge.
    wider = nested({"radius": 3.0})
    assert laid(nested(CIRCLE), wider) == nested({"shape": "circle", "radius": 3.0})
    again = nested({"shape": "circle", "radius": 3.0})
    assert laid(nested(CIRCLE), again) == again


def test_a_word_that_chooses_no_model_merges():
    base = {"drawing": {"pen": {"shape": "round", "color": "red"}}}
    changes = {"drawing": {"pen": {"shape": "flat"}}}
    assert laid(base, changes) == {"drawing": {"pen": {"shape": "flat", "color": "red"}}}


@pytest.fixture
def project(tmp_path):
    """The project itself, with a profile of its own and an experiment to be written."""
    for name in ("pyproject.toml", "conf/base", "src"):
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    return Project.at(tmp_path)


def checked(project, stage, env):
    raw = config_loader(project, env)["parameters"]
    found = validated_parameters(project, [load_stage(project, stage)], raw, env)
    return found[f"params:{stage}"]


WHITE = "{diffusion_reconstruction: {noise: {kind: gaussian}}}"
TRANSFORMER = "{network: {kind: dit, patch_size: 2, width: 8, depth: 1, heads: 2, mlp_ratio: 2.0}}"
EXPERIMENT = """
title: Noise
source: A paper, table 1
profile: mine
stages: [detect_images]
parameters: {}
axes:
  noise:
    as_below: {detect_images: {}}
    coarse: {detect_images: {diffusion_reconstruction: {noise: {kind: simplex, wavelength: 9.0,
      octaves: 1, persistence: 1.0}}}}
columns: {}
published: []
shrunk: {}
"""


def write(project, name, text):
    path = project.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_profile_chooses_another_noise_and_a_cell_another_one_again(project):
    write(project, "conf/mine/parameters_detect_images.yml", f"detect_images: {WHITE}")
    reconstruction = checked(project, "detect_images", "mine").diffusion_reconstruction
    assert reconstruction.noise.model_dump() == {"kind": "gaussian"}
    assert reconstruction == checked(
        project, "detect_images", None
    ).diffusion_reconstruction.model_copy(update={"noise": reconstruction.noise})

    write(project, "experiments/noise/experiment.yml", EXPERIMENT)
    white, coarse = (
        checked(project, "detect_images", f"experiments/noise/{choice}").diffusion_reconstruction
        for choice in ("as_below", "coarse")
    )
    assert white == reconstruction
    assert coarse.noise.model_dump(exclude={"kind"}) == {
        "wavelength": 9.0,
        "octaves": 1,
        "persistence": 1.0,
    }
    # The options of a network that this one is not are no options.
    experiment_yaml(load_experiment(project, "noise"), survey(project, "mine"))


def test_a_profile_chooses_another_network(project):
    write(project, "conf/mine/parameters_diffusion.yml", f"diffusion: {TRANSFORMER}")
    found, default = (checked(project, "diffusion", env) for env in ("mine", None))
    assert found.network.kind == "dit"
    assert found == default.model_copy(update={"network": found.network})


def test_what_the_other_model_needs_is_asked_for_where_it_is_chosen(project):
    write(
        project,
        "conf/mine/parameters_text.yml",
        "text:\n  vectors:\n    method: file\n",
    )
    with pytest.raises(
        KizuError, match=r"conf/mine/parameters_text.yml:2: text.vectors.name: miss"
    ):
        checked(project, "text", "mine")


def test_what_both_models_have_is_missing_where_the_other_is_chosen(project):
    chosen = "diffusion:\n  network:\n    kind: dit\n"
    write(project, "conf/mine/parameters_diffusion.yml", chosen)
    with pytest.raises(KizuError) as caught:
        checked(project, "diffusion", "mine")
    # conf/base has a width too, the U-Net's.
    assert "conf/mine/parameters_diffusion.yml:2: diffusion.network.width: missing" in str(
        caught.value
    )
    assert "conf/base" not in str(caught.value)


def test_globals_of_the_default_are_there_after_a_profiles_parameters(project):
    write(project, "conf/base/globals.yml", "where: data/01_raw\n")
    write(project, "conf/base/catalog_mine.yml", "new: {type: t, filepath: '${globals:where}/n'}")
    write(project, "conf/mine/parameters_diffusion.yml", "diffusion: {sampler: {name: ddim}}")
    loader = config_loader(project, "mine")
    assert loader["parameters"]["diffusion"]["sampler"]["name"] == "ddim"
    assert loader["catalog"]["new"]["filepath"].endswith("data/mine/01_raw/n")


def test_words_of_a_profile_that_choose_no_model_leave_the_rest(project):
    write(project, "conf/mine/parameters_diffusion.yml", "diffusion: {sampler: {name: ddim}}")
    sampler = checked(project, "diffusion", "mine").sampler
    default = checked(project, "diffusion", None).sampler
    assert sampler == default.model_copy(update={"name": "ddim"})


def test_the_command_line_of_kedro_chooses_another_model_too(project):
    chosen = {"detect_images": {"diffusion_reconstruction": {"noise": {"kind": "gaussian"}}}}
    loader = ProfileConfigLoader(str(project.conf), runtime_params=chosen, **LOADER_ARGUMENTS)
    found = loader["parameters"]["detect_images"]["diffusion_reconstruction"]
    assert found["noise"] == {"kind": "gaussian"}
    assert found["width"] > 0
