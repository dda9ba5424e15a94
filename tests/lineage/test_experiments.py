"""Experiments of the toy project: cells, their configuration, dvc.yaml and table."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from kizu.lineage.configuration import config_loader
from kizu.lineage.errors import KizuError
from kizu.lineage.experiment_code import write_code
from kizu.lineage.experiment_table import BEGIN, END, table_lines, write_table
from kizu.lineage.experiment_yaml import experiment_yaml
from kizu.lineage.experiments import load_experiment
from kizu.lineage.runner import run_stage
from kizu.lineage.survey import survey

PROJECT = Path(__file__).parents[2]
DESCRIPTION = """
title: Lines
source: A paper, table 1
profile: null
stages: [train, prepare]
parameters:
  prepare: {count: 3}
axes:
  width:
    thin: {train: {model: {width: 1}}}
    wide: {train: {model: {width: 4}}}
  steps:
    plain: {train: {}}
    long: {train: {steps: 5}}
columns:
  total: train_metrics.total
  seconds: train_timing.seconds_per_step
published:
  - {choices: [wide], values: {total: 20.5}}
shrunk: {}
"""
README = f"# Lines\n\n{BEGIN}\n{END}\nMore.\n"


@pytest.fixture
def lines(toy):
    toy.write("experiments/lines/experiment.yml", DESCRIPTION)
    toy.write("experiments/lines/README.md", README)
    return toy


def document(toy):
    generated = experiment_yaml(load_experiment(toy.project, "lines"), survey(toy.project))
    assert generated.path == toy.path("experiments/lines/dvc.yaml")
    return yaml.safe_load(generated.text)["stages"]


def test_a_stage_runs_along_the_axes_that_change_it_or_one_before_it(lines):
    lines.edit("experiments/lines/experiment.yml", "plain: {train: {}}", "plain: {prepare: {}}")
    lines.edit(
        "experiments/lines/experiment.yml",
        "long: {train: {steps: 5}}",
        "long: {prepare: {count: 9}}",
    )
    experiment = load_experiment(lines.project, "lines")
    assert experiment.axes == {"prepare": ("steps",), "train": ("width", "steps")}
    assert len([*experiment.cells("prepare")]) == 2
    assert len([*experiment.cells("train")]) == len([*experiment.cells()]) == 4
    cell = {"width": "thin", "steps": "long"}
    assert experiment.address("prepare", cell) == "experiments/lines/long"
    assert experiment.address("train", cell) == "experiments/lines/thin-long"


def test_a_cell_overrides_parameters_and_keeps_its_data_apart(lines):
    config = config_loader(lines.project, "experiments/lines/wide-plain")
    assert config["parameters"] == {
        "prepare": {"count": 3, "scale": 1.0},
        "train": {"steps": 3, "model": {"kind": "line", "width": 4}},
    }
    assert config["catalog"]["numbers"]["filepath"] == "data/experiments/lines/01_raw/numbers.json"
    model = config["catalog"]["model"]["filepath"]
    assert model == "data/experiments/lines/wide-plain/06_models/model"


def test_dvc_is_told_of_each_cells_own_parameters_and_data(lines):
    stages = document(lines)
    assert [*stages] == ["code", "prepare", "train", "table"]
    assert "matrix" not in stages["prepare"]
    assert stages["prepare"]["cmd"] == "kizu run prepare --env experiments/lines"
    own = {"experiments/lines/experiment.yml": ["parameters.prepare"]}
    assert stages["prepare"]["params"][-1] == own
    train = stages["train"]
    assert train["matrix"] == {"width": ["thin", "wide"], "steps": ["plain", "long"]}
    cell = "experiments/lines/${item.width}-${item.steps}"
    assert train["cmd"] == f"kizu run train --env {cell}"
    assert train["deps"] == [
        "data/experiments/lines/01_raw/numbers.json",
        "data/experiments/lines/code/train.json",
    ]
    assert {*stages["prepare"]["deps"]} == {"data/experiments/lines/code/prepare.json"}
    assert stages["code"]["deps"] == ["src/toy"]
    sections = ["axes.width.${item.width}.train", "axes.steps.${item.steps}.train"]
    assert train["params"][-1] == {"experiments/lines/experiment.yml": sections}
    assert train["metrics"] == [f"data/{cell}/08_reporting/train_metrics.json"]
    timing = "experiments/lines/timings/${item.width}-${item.steps}/train.json"
    assert train["outs"][-1] == {timing: {"cache": False}}
    assert len(stages["table"]["deps"]) == 2 * 4


def test_dvc_runs_all_cells_and_the_table_and_then_only_what_has_changed(lines, monkeypatch):
    programs = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", os.pathsep.join([programs, os.environ["PATH"]]))
    lines.set_up_repository()
    shutil.copyfile(PROJECT / "experiments/.gitignore", lines.path("experiments/.gitignore"))
    written = lines.command("kizu", "dvc", "write")
    assert "experiments/lines/dvc.yaml: written." in written.stdout, written.stderr
    assert lines.command("kizu", "dvc", "check").returncode == 0
    shutil.copyfile(PROJECT / ".dvcignore", lines.path(".dvcignore"))
    hidden = lines.command("dvc", "stage", "list", "--all")
    assert "experiments/lines" not in hidden.stdout, "DVC reads all cells before anybody asks"
    mistyped = lines.command("kizu", "experiment", "run", "lines", "tarin")
    assert mistyped.returncode == 1
    assert "did you mean 'train'? stages: code, prepare, train, table" in mistyped.stderr
    assert not lines.path("experiments/lines/.dvcignore").exists()
    first = lines.command("kizu", "experiment", "run", "lines")
    assert first.returncode == 0, first.stderr
    assert "The table is in experiments/lines/README.md." in first.stdout
    totals = {
        path.parts[-3]: json.loads(path.read_text())["total"]
        for path in lines.root.glob("data/experiments/lines/*/08_reporting/train_metrics.json")
    }
    assert totals == {"thin-plain": 6, "thin-long": 6, "wide-plain": 24, "wide-long": 24}
    readme = lines.path("experiments/lines/README.md").read_text()
    assert "| wide | plain | 24 | 20.5 |  |" in readme
    assert readme.startswith("# Lines\n")
    assert readme.endswith(f"{END}\nMore.\n")

    lines.edit(
        "experiments/lines/experiment.yml", "long: {train: {steps: 5}}", "long: {train: {steps: 6}}"
    )
    second = lines.command("dvc", "repro", "experiments/lines/dvc.yaml")
    ran = [line for line in second.stdout.splitlines() if line.startswith("Running stage")]
    assert len(ran) == 2, second.stdout
    assert all("-long'" in line for line in ran)
    lines.edit("experiments/lines/dvc.yaml", "kizu run train", "kizu run tarin")
    third = lines.command("kizu", "experiment", "run", "lines", "train@wide-long")
    assert third.returncode == 1
    assert "-> correct what it names" in third.stderr
    assert lines.command("git", "check-ignore", "experiments/lines/.dvcignore").returncode == 0


def test_the_code_of_each_stage_has_a_file_of_hashes(lines):
    experiment = load_experiment(lines.project, "lines")
    write_code(experiment)
    folder = lines.path("data/experiments/lines/code")
    before = {path.stem: json.loads(path.read_text()) for path in sorted(folder.iterdir())}
    assert [*before] == ["prepare", "train"]
    path = lines.path("src/toy/models/line.py")
    path.write_text(path.read_text() + "# changed\n")
    write_code(experiment)
    after = {path.stem: json.loads(path.read_text()) for path in sorted(folder.iterdir())}
    assert after["prepare"] == before["prepare"]
    changed = {name for name, md5 in after["train"].items() if before["train"][name] != md5}
    assert changed == {"src/toy/models/line.py"}


def test_a_stage_runs_at_its_own_cells_alone(lines):
    run_stage(lines.project, "prepare", "experiments/lines")
    run_stage(lines.project, "train", "experiments/lines/wide-long")
    folder = lines.path("data/experiments/lines/wide-long/08_reporting")
    assert len(json.loads((folder / "train_history.json").read_text())) == 5
    timing = lines.path("experiments/lines/timings/wide-long/train.json")
    assert json.loads(timing.read_text()) == {"seconds_per_step": None}
    for stage, address, sentence in (
        ("train", "experiments/lines", "no cell of the stage 'train'"),
        ("prepare", "experiments/lines/wide-long", "no cell of the stage 'prepare'"),
        ("write", "experiments/lines/wide-long", "has no stage 'write'"),
        ("train", "experiments/lines/wide-short", "no choice short"),
        ("train", "experiments/line/wide-long", "no experiment 'line'"),
    ):
        with pytest.raises(KizuError, match=sentence):
            run_stage(lines.project, stage, address)


def test_a_wrong_value_is_found_in_its_line_before_anything_runs(lines):
    lines.edit("experiments/lines/experiment.yml", "steps: 5", "steps: -5")
    with pytest.raises(KizuError, match=r"experiments/lines/experiment\.yml:13: train\.steps = -5"):
        document(lines)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("plain: {train: {}}", "plain: {}", "all choices of steps must name the same stages"),
        ("plain: {train: {}}", "thin: {train: {}}", "a choice belongs to one axis.*thin"),
        ("plain: {train: {}}", "a-b: {train: {}}", "'a-b' is no name"),
        ("prepare: {count: 3}", "write: {count: 3}", "not among stages: write"),
        ("choices: [wide]", "choices: [broad]", "no choice of an axis: broad"),
        ("values: {total: 20.5}", "values: {sum: 20.5}", "no column: sum"),
        ("shrunk: {}", "small: {}", "Extra inputs"),
    ],
)
def test_a_wrong_description_is_refused_with_its_reason(lines, old, new, sentence):
    lines.edit("experiments/lines/experiment.yml", old, new)
    with pytest.raises(KizuError, match=sentence):
        load_experiment(lines.project, "lines")


def test_nodes_that_read_what_no_stage_makes_are_left_out(lines):
    lines.edit(
        "experiments/lines/experiment.yml", "  prepare: {count: 3}\n", "  train: {steps: 2}\n"
    )
    lines.edit("experiments/lines/experiment.yml", "[train, prepare]", "[train, write]")
    experiment = load_experiment(lines.project, "lines")
    assert all(not stage.pipeline.nodes for stage in experiment.stages)
    with pytest.raises(KizuError, match="no stage of the experiment makes train_metrics"):
        document(lines)


def test_repetitions_share_a_row_and_missing_results_stay_empty(lines):
    lines.edit("experiments/lines/experiment.yml", "  steps:\n", "  seed:\n")
    experiment = load_experiment(lines.project, "lines")
    for name, total in (("thin-plain", 2.0), ("thin-long", 4.0)):
        metrics = f"data/experiments/lines/{name}/08_reporting/train_metrics.json"
        lines.write(metrics, json.dumps({"total": total}))
    assert table_lines(experiment) == [
        "| width | total | total, published | seconds |",
        "| --- | ---: | ---: | ---: |",
        "| thin | 3 ± 1.4 |  |  |",
        "| wide |  | 20.5 |  |",
    ]


def test_a_readme_without_a_place_for_the_table_is_refused(lines):
    lines.write("experiments/lines/README.md", "# Lines\n")
    with pytest.raises(KizuError, match="no place for the table"):
        write_table(load_experiment(lines.project, "lines"))


def test_a_column_of_unknown_data_is_refused(lines):
    lines.edit("experiments/lines/experiment.yml", "train_metrics.total", "page.total")
    with pytest.raises(KizuError, match="no stage of the experiment makes page"):
        document(lines)
