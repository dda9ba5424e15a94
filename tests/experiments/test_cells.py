"""Every cell of every experiment, shrunk: built-in digits, tiny networks, two steps."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kedro.pipeline import Pipeline

from kizu.lineage.configuration import config_loader
from kizu.lineage.experiments import (
    Experiment,
    experiment_names,
    is_cell,
    load_experiment,
    overlay,
)
from kizu.lineage.parameters import validated_parameters
from kizu.lineage.project import Project
from kizu.preprocessing.blocks import RowwiseArray

PROJECT = Project.at(Path(__file__).parents[2])
EXPERIMENTS = {name: load_experiment(PROJECT, name) for name in experiment_names(PROJECT)}
CELLS = [
    pytest.param(name, choices, id=f"{name}/{'-'.join(choices.values())}")
    for name, experiment in EXPERIMENTS.items()
    for choices in experiment.cells()
]
DIGITS_A_CLASS = 8

# What the cells of an experiment read of its shared stages, and what the table reads of a cell;
# pictures and figures have tests of their own.
SHARED = ("images", "image_index", "classifier_model")
MEASURED = ("gan_history", "generator_metrics")


def parameters_of(experiment: Experiment, choices: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a cell, typed, with the description's `shrunk` over them."""
    raw = experiment.parameters(base_parameters(experiment.description.profile), choices)
    raw = overlay(raw, experiment.description.shrunk)
    return validated_parameters(PROJECT, experiment.stages, raw, experiment.description.profile)


@cache
def base_parameters(profile: str | None) -> dict[str, Any]:
    return dict(config_loader(PROJECT, profile)["parameters"])


def run(pipeline: Pipeline, data: Mapping[str, Any], checkpoints: Path) -> dict[str, Any]:
    """Run nodes in memory; return all that they make."""
    known = {**data, "checkpoints": checkpoints, "source_images": None}
    for node in pipeline.nodes:
        for name, made in node.run({name: known[name] for name in node.inputs}).items():
            # An array that is made row by row, as its file would hold it.
            known[name] = np.asarray(made) if isinstance(made, RowwiseArray) else made
    return {name: known[name] for name in pipeline.all_outputs()}


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """Gives what an experiment's cells share, made once for equal parameters."""
    made: dict[str, dict[str, Any]] = {}

    def make(experiment: Experiment, parameters: dict[str, Any]) -> dict[str, Any]:
        stages = {stage.name: stage.pipeline for stage in experiment.stages}
        settings = {s: parameters[f"params:{s}"] for s in ("ingest_images", "images", "classifier")}
        ingest = repr(settings["ingest_images"])
        if ingest not in made:
            folder = tmp_path_factory.mktemp("checkpoints")
            files = run(stages["ingest_images"], parameters, folder)
            few = files["image_manifest"].groupby("label").head(DIGITS_A_CLASS)
            made[ingest] = {**files, "image_manifest": few.reset_index(drop=True)}
        key = repr(settings)
        if key not in made:
            data = {**parameters, **made[ingest]}
            nodes = (stages["images"] + stages["classifier"]).to_outputs(*SHARED)
            made[key] = run(nodes, data, tmp_path_factory.mktemp("checkpoints"))
        return made[key]

    return make


@pytest.mark.parametrize(("name", "choices"), CELLS)
def test_a_cell_trains_and_is_measured(name, choices, shared, tmp_path):
    experiment = EXPERIMENTS[name]
    parameters = parameters_of(experiment, choices)
    data = {**parameters, **shared(experiment, parameters)}
    own = sum((s.pipeline for s in experiment.stages if experiment.axes[s.name]), Pipeline([]))

    results = run(own.to_outputs(*MEASURED), data, tmp_path)

    assert [row["step"] for row in results["gan_history"]] == [1, 2]
    for column, reference in experiment.description.columns.items():
        dataset, _, key = reference.partition(".")
        # An unconditional generator is asked for no labels.
        if dataset in results and not (
            key == "label_accuracy" and "unconditional" in choices.values()
        ):
            assert results[dataset][key] >= 0, column


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_has_a_read_me_with_its_table(name):
    from kizu.lineage.experiment_table import BEGIN, END

    experiment = EXPERIMENTS[name]
    assert not is_cell(experiment.description.profile)
    text = (experiment.folder / "README.md").read_text()
    head, _, rest = text.partition(BEGIN)
    table, _, _ = rest.partition(END)
    assert head.startswith(f"# {experiment.description.title}\n")
    assert len(table.strip().splitlines()) == 2 + len([*experiment.cells()])
