"""The generated dvc.yaml: exact text, drift, profiles."""

from pathlib import Path

import pytest
import yaml

from kizu.lineage.dvc_yaml import dvc_yaml
from kizu.lineage.errors import KizuError
from kizu.lineage.survey import survey

EXPECTED = Path(__file__).with_name("expected_dvc_yaml.txt").read_text()


def generate(toy, env=None):
    return dvc_yaml(survey(toy.project, env))


def test_the_whole_text(toy):
    generated = generate(toy)
    assert generated.text == EXPECTED
    assert generated.path == toy.path("dvc.yaml")


def test_writing_once_is_enough(toy):
    assert generate(toy).write()
    assert not generate(toy).write()
    assert generate(toy).difference() == ""
    generate(toy).require_no_drift()


def test_drift_is_shown_as_a_difference(toy):
    generate(toy).write()
    toy.write("src/toy/pipelines/train/extra.py", "")
    toy.edit(
        "src/toy/pipelines/train/nodes.py",
        "from toy.models.line import double",
        "from toy.models.unused import halve as double",
    )

    with pytest.raises(KizuError) as raised:
        generate(toy).require_no_drift()

    assert raised.value.message.splitlines() == [
        "dvc.yaml is out of date:",
        "",
        "--- dvc.yaml as it is",
        "+++ dvc.yaml as the pipelines and the catalog say",
        "@@ -16,8 +16,7 @@",
        "     deps:",
        "       - data/01_raw/numbers.json",
        "       - src/toy/datasets.py",
        "-      - src/toy/models/line.py",
        "-      - src/toy/models/shared.py",
        "+      - src/toy/models/unused.py",
        "       - src/toy/pipelines/train/__init__.py",
        "       - src/toy/pipelines/train/nodes.py",
        "       - src/toy/pipelines/train/pipeline.py",
    ]
    assert raised.value.way_out == "kizu dvc write"


def test_a_missing_file_is_all_drift(toy):
    assert generate(toy).difference().count("\n+") == EXPECTED.count("\n") + 1


def test_a_profile_has_a_file_and_data_of_its_own(toy):
    toy.write("conf/big/parameters.yml", "train:\n  steps: 5\n")
    toy.write(
        "conf/big/catalog.yml",
        """
        model:
          type: toy.datasets.NotesDataset
          filepath: data/06_models/model
          suffix: text
        """,
    )

    generated = generate(toy, "big")
    document = yaml.safe_load(generated.text)

    assert generated.path == toy.path("conf/big/dvc.yaml")
    train = document["stages"]["train"]
    assert train["cmd"] == "kizu run train --env big"
    assert train["wdir"] == "../.."
    assert train["deps"][:2] == ["data/big/01_raw/numbers.json", "src/toy/datasets.py"]
    assert train["params"] == [
        {"conf/base/parameters_train.yml": ["train"]},
        {"conf/big/parameters.yml": ["train"]},
        {"conf/base/catalog.yml": ["model.suffix"]},
        {"conf/big/catalog.yml": ["model.suffix"]},
    ]
    assert train["outs"] == ["data/big/06_models/model", "data/big/08_reporting/train_history.json"]
    (plot,) = document["plots"]
    assert plot["train_history"]["y"] == {
        "../../data/big/08_reporting/train_history.json": ["loss"]
    }
    base = yaml.safe_load(generate(toy).text)
    outputs = [
        {*stage.get("outs", []), *stage.get("metrics", [])}
        for made in (base, document)
        for stage in made["stages"].values()
    ]
    assert len(set.union(*outputs)) == sum(map(len, outputs))


def test_an_unknown_profile_is_refused(toy):
    toy.write("conf/big/parameters.yml", "train:\n  steps: 5\n")
    with pytest.raises(KizuError, match="no profile 'bigg'") as raised:
        generate(toy, "bigg")
    assert raised.value.way_out.startswith("profiles: big;")


def test_a_source_is_a_dependency_once_it_is_named(toy):
    toy.edit(
        "src/toy/pipelines/prepare/pipeline.py",
        'Node(make_numbers, "params:prepare"',
        'Node(lambda own, parameters: [1.0], ["own", "params:prepare"]',
    )
    entry = """
        own:
          type: toy.datasets.NotesDataset
          filepath: {path}
          suffix: txt
          metadata: {{kizu: {{kind: source}}}}
        """
    toy.write("conf/base/catalog_own.yml", entry.format(path="null"))
    stage = yaml.safe_load(generate(toy).text)["stages"]["prepare"]
    assert not any(dep.startswith("data") for dep in stage["deps"])

    toy.write("conf/base/catalog_own.yml", entry.format(path="data/own"))
    toy.write("conf/big/parameters.yml", "train:\n  steps: 5\n")
    for env in (None, "big"):
        stage = yaml.safe_load(generate(toy, env).text)["stages"]["prepare"]
        assert stage["deps"][0] == "data/own"


def test_a_history_without_axes_is_kept_and_not_drawn(toy):
    toy.edit("conf/base/catalog.yml", "x: step, y: [loss], ", "")
    document = yaml.safe_load(generate(toy).text)
    assert "data/08_reporting/train_history.json" in document["stages"]["train"]["outs"]
    assert "plots" not in document
