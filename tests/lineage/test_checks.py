"""What would let a result change without DVC seeing it is refused, by name."""

import pytest
import yaml

from kizu.lineage.errors import KizuError
from kizu.lineage.survey import survey

CATALOG = "conf/base/catalog.yml"
TRAIN = "src/toy/pipelines/train/pipeline.py"


def refusal(toy, env=None) -> list[str]:
    with pytest.raises(KizuError) as raised:
        survey(toy.project, env)
    title, *problems = raised.value.message.splitlines()
    assert title == "DVC could not see every change:"
    return [problem.strip() for problem in problems]


def test_parameters_and_catalog_in_conf_local(toy):
    toy.write("conf/local/parameters.yml", "train:\n  steps: 9\n")
    toy.write("conf/local/deep/catalog_x.yaml", "")
    toy.write("conf/local/credentials.yml", "key: secret\n")
    advice = (
        "conf/local holds credentials only; DVC and git do not see it. "
        "Move it to conf/base or to a profile."
    )
    assert refusal(toy) == [
        f"conf/local/parameters.yml: {advice}",
        f"conf/local/deep/catalog_x.yaml: {advice}",
    ]


def test_interpolated_parameters(toy):
    toy.write("conf/base/globals.yml", "steps: 3\nfolder: data\n")
    toy.edit("conf/base/parameters_train.yml", "steps: 3", "steps: ${globals:steps}")
    assert refusal(toy) == [
        "conf/base/parameters_train.yml:2: train.steps = ${globals:steps}: DVC reads the text, "
        "not the value it stands for. Write the value."
    ]


def test_interpolated_arguments_of_datasets_but_not_their_paths(toy):
    toy.write("conf/base/globals.yml", "suffix: note\nfolder: data\n")
    toy.edit(CATALOG, "filepath: data/06_models", "filepath: ${globals:folder}/06_models")
    survey(toy.project)
    toy.edit(CATALOG, "suffix: note", "suffix: ${globals:suffix}")
    assert refusal(toy) == [
        "conf/base/catalog.yml:7: model.suffix = ${globals:suffix}: DVC reads the text of a "
        "dataset's argument, not the value it stands for. Write the value."
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "suffix: note",
            "suffix: note\n  versioned: true",
            "model: versioned: true puts a timestamp into the path. DVC keeps the versions.",
        ),
        (
            "filepath: data/06_models/model",
            "filepath: s3://bucket/model",
            "model: filepath s3://bucket/model does not lie in data/ of the project.",
        ),
        (
            "filepath: data/06_models/model",
            "filepath: null",
            "model: no filepath, so DVC cannot keep it. Leave it out of the catalog.",
        ),
        (
            "filepath: data/08_reporting/page.html",
            "filepath: data/06_models/model/page.html",
            "model (stage train) and page (stage write) share the path data/06_models/model.",
        ),
        (
            "data/08_reporting/train_metrics.json",
            "data/08_reporting/train_history.json",
            "train_history (stage train) and train_metrics (stage train) share the path "
            "data/08_reporting/train_history.json.",
        ),
        (
            "{kind: metrics}",
            "{kind: metric}",
            "train_metrics: metadata.kizu.kind = metric: allowed: output, metrics, plots, figure, "
            "model, report, source.",
        ),
        (
            "y: [loss], ",
            "",
            "train_history: metadata.kizu of a plot names both columns, x and y, or neither.",
        ),
    ],
)
def test_entries_of_the_catalog(toy, old, new, problem):
    toy.edit(CATALOG, old, new)
    assert refusal(toy) == [problem]


def without(toy, name: str) -> None:
    entries = yaml.safe_load(toy.path(CATALOG).read_text())
    del entries[name]
    toy.path(CATALOG).write_text(yaml.safe_dump(entries))


def test_an_output_that_nothing_keeps_between_stages(toy):
    without(toy, "model")
    assert refusal(toy) == [
        "model: made by the stage train and read by the stage write, but the catalog does not "
        "keep it between them."
    ]


def test_a_result_that_is_kept_nowhere(toy):
    without(toy, "page")
    assert refusal(toy) == ["page: made by the stage write, read by no node, kept nowhere."]


def test_an_input_that_nobody_makes(toy):
    toy.edit(TRAIN, '["numbers", "checkpoints"', '["digits", "checkpoints"')
    assert refusal(toy) == ["digits: read by the stage train, made by none, not in the catalog."]
    toy.write(
        "conf/base/catalog_digits.yml",
        """
        digits:
          type: kizu.datasets.json.JsonDataset
          filepath: data/digits.json
        """,
    )
    assert refusal(toy) == [
        "digits: read by the stage train, made by none. If the file is the user's own, give it "
        "metadata.kizu.kind: source."
    ]


def test_two_makers_of_one_dataset(toy):
    toy.edit(
        "src/toy/pipelines/write/pipeline.py",
        "Pipeline([node]",
        'Pipeline([node, Node(lambda page: [], "page", "numbers", name="again")]',
    )
    assert "numbers: made by more than one stage: prepare, write." in refusal(toy)


def test_nodes_name_their_stage_and_do_not_read_everything(toy):
    toy.edit(
        "src/toy/pipelines/write/pipeline.py",
        '["model", "params:train.model"], "page", name="write_page")\n'
        '    return Pipeline([node], tags=["write"])',
        '["model", "parameters"], "page", name="write_page")\n'
        '    return Pipeline([node], tags=["wirte"])',
    )
    assert refusal(toy) == [
        'node write_page: no tag of its stage; give it tags=["write"].',
        "node write_page: reads all parameters, so any change re-runs it; read params:<key>.",
    ]


def test_imports_that_cannot_be_followed(toy):
    toy.write(
        "src/toy/models/shared.py",
        """
        import importlib

        def double(x):
            return importlib.import_module(f"toy.models.{x}")
        """,
    )
    assert refusal(toy) == [
        "toy/models/shared.py:4: importlib.import_module(f'toy.models.{x}'): an import by a "
        "computed name cannot be followed. Import it by its name."
    ]


def test_stages_that_need_each_other(toy):
    toy.edit(
        "src/toy/pipelines/prepare/pipeline.py", '"params:prepare"', '["params:prepare", "page"]'
    )
    toy.edit(
        "src/toy/pipelines/prepare/nodes.py",
        "(parameters: PrepareParameters)",
        "(parameters: PrepareParameters, page: str)",
    )
    assert refusal(toy) == ["stages wait for each other: prepare <- train <- write <- prepare."]


def test_merged_defaults_are_tracked_where_they_stand(toy):
    toy.edit(
        "conf/base/catalog.yml",
        "model:\n  type: toy.datasets.NotesDataset\n",
        "_notes: &notes\n  suffix: note\n\n"
        "model:\n  <<: *notes\n  type: toy.datasets.NotesDataset\n",
    )
    toy.edit("conf/base/catalog.yml", "  filepath: data/06_models/model\n  suffix: note\n",
             "  filepath: data/06_models/model\n")  # fmt: skip
    assert survey(toy.project).catalog["model"].arguments == ("suffix",)
