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
)
from kizu.lineage.overlays import overlay
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


def parameters_of(experiment: Experiment, choices: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a cell, typed, with the description's `shrunk` over them."""
    raw = experiment.parameters(base_parameters(experiment.description.profile), choices)
    raw = overlay(raw, experiment.description.shrunk, experiment.discriminator)
    return validated_parameters(PROJECT, experiment.stages, raw, experiment.description.profile)


@cache
def base_parameters(profile: str | None) -> dict[str, Any]:
    return dict(config_loader(PROJECT, profile)["parameters"])


def run(pipeline: Pipeline, data: Mapping[str, Any], checkpoints: Path) -> dict[str, Any]:
    """Run nodes in memory; return all that they make."""
    known = {**data, "source_images": None}
    for node in pipeline.nodes:
        known["checkpoints"] = checkpoints / node.name
        for name, made in node.run({name: known[name] for name in node.inputs}).items():
            # An array that is made row by row, as its file would hold it.
            known[name] = np.asarray(made) if isinstance(made, RowwiseArray) else made
    return {name: known[name] for name in pipeline.all_outputs()}


def measured(experiment: Experiment) -> set[str]:
    """What the table reads of a cell, and how its networks trained; no pictures and figures."""
    columns = {column.partition(".")[0] for column in experiment.description.columns.values()}
    histories = {f"{stage.name}_history" for stage in experiment.stages}
    return (columns | histories) & {name for stage in experiment.stages for name in stage.outputs}


def split_nodes(experiment: Experiment) -> tuple[Pipeline, Pipeline, Pipeline]:
    """The nodes that fetch the data, those that all cells share, and those of a cell."""
    whole = sum((stage.pipeline for stage in experiment.stages), Pipeline([]))
    whole = whole.to_outputs(*measured(experiment))
    along_axes = [name for name, axes in experiment.axes.items() if axes]
    fetching = whole.only_nodes_with_tags("ingest_images")
    own = whole.only_nodes_with_tags(*along_axes)
    return fetching, whole - fetching - own, own


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """Runs nodes on data, or hands out what they made of equal parameters before."""
    made: dict[str, dict[str, Any]] = {}

    def make(pipeline: Pipeline, data: Mapping[str, Any]) -> dict[str, Any]:
        names = [node.name for node in pipeline.nodes]
        read = {name: data[name] for name in sorted(data) if name.startswith("params:")}
        key = repr((names, {name: read[name] for name in read if name in pipeline.inputs()}))
        if key not in made:
            made[key] = run(pipeline, data, tmp_path_factory.mktemp("checkpoints"))
        return made[key]

    return make


@pytest.mark.parametrize(("name", "choices"), CELLS)
def test_a_cell_trains_and_is_measured(name, choices, made_once, tmp_path):
    experiment = EXPERIMENTS[name]
    parameters = parameters_of(experiment, choices)
    fetching, shared, own = split_nodes(experiment)
    files = made_once(fetching, parameters)
    few = files["image_manifest"].groupby("label").head(DIGITS_A_CLASS).reset_index(drop=True)
    data = {**parameters, **files, "image_manifest": few}
    data |= made_once(shared, data)

    results = run(own, data, tmp_path)

    histories = {name: made for name, made in results.items() if name.endswith("_history")}
    assert all([row["step"] for row in history] == [1, 2] for history in histories.values())
    for column, reference in experiment.description.columns.items():
        dataset, _, key = reference.partition(".")
        if dataset in results and not _left_out(dataset, key, choices, parameters):
            assert results[dataset][key] >= 0, column


def _left_out(
    dataset: str, key: str, choices: Mapping[str, str], parameters: Mapping[str, Any]
) -> bool:
    """Whether a shrunk cell rightly lacks a value that the table has a column for."""
    if dataset == "diffusion_sampler_metrics":
        steps = parameters["params:evaluate_generators"].sampler_comparison.steps
        return int(key.split(".")[1]) not in steps
    # An unconditional generator is asked for no labels.
    return key == "label_accuracy" and "unconditional" in choices.values()


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_has_a_read_me_with_its_table(name):
    from kizu.lineage.experiment_table import BEGIN, END, REPEATS

    experiment = EXPERIMENTS[name]
    assert not is_cell(experiment.description.profile)
    text = (experiment.folder / "README.md").read_text()
    head, _, rest = text.partition(BEGIN)
    table, _, _ = rest.partition(END)
    assert head.startswith(f"# {experiment.description.title}\n")
    rows = {
        tuple(choice for axis, choice in choices.items() if axis != REPEATS)
        for choices in experiment.cells()
    }
    assert len(table.strip().splitlines()) == 2 + len(rows)
