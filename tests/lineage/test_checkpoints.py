"""Where a training keeps its checkpoints: under ``kizu run`` and Kedro's session alike."""

import pytest

from kizu.lineage.errors import KizuError
from kizu.lineage.runner import run_stage

FAIL = ("src/toy/models/shared.py", "return 2 * x", "raise ValueError('no')")


@pytest.fixture
def prepared(toy):
    run_stage(toy.project, "prepare")
    return toy


def test_a_finished_stage_leaves_none_behind(prepared):
    stale = prepared.path("data/.checkpoints/train/of_other_settings")
    stale.mkdir(parents=True)
    run_stage(prepared.project, "train")
    assert not prepared.path("data/.checkpoints/train").exists()
    assert prepared.path("data/06_models/model/total.note").read_text() == "40.0"


def test_a_failed_stage_finds_its_own_again(prepared):
    prepared.edit(*FAIL)
    names = set()
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            run_stage(prepared.project, "train")
        (step,) = prepared.root.glob("data/.checkpoints/train/*/step")
        names.add(step.parent.name)
    assert len(names) == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "same"),
    [
        ("conf/base/parameters_train.yml", "width: 2", "width: 3", False),
        ("src/toy/pipelines/train/nodes.py", "1 / (step + 1)", "2 / (step + 1)", False),
        ("src/toy/models/line.py", '["double"]', '["double", ]', False),
        ("data/01_raw/numbers.json", "4.0", "5.0", False),
        ("conf/base/parameters_prepare.yml", "count: 5", "count: 6", True),
        ("src/toy/models/unused.py", "x / 2", "x / 3", True),
        ("src/toy/reporting/page.html", "<p>", "<b>", True),
    ],
)
def test_the_key_follows_parameters_inputs_and_code(prepared, file, old, new, same):
    from kizu.lineage.checkpoints import checkpoint_key
    from kizu.lineage.configuration import config_loader
    from kizu.lineage.parameters import validated_parameters
    from kizu.lineage.stages import load_stage

    def key() -> str:
        project = prepared.project
        stage = load_stage(project, "train")
        config = config_loader(project, None)
        parameters = validated_parameters(project, [stage], config["parameters"])
        entries = {
            name: {**entry, "filepath": str(project.root / entry["filepath"])}
            for name, entry in config["catalog"].items()
        }
        return checkpoint_key(project, stage, parameters, entries)

    before = key()
    prepared.edit(file, old, new)
    assert (key() == before) is same


def test_a_profile_has_its_own(toy):
    toy.write("conf/big/parameters.yml", "prepare:\n  count: 2\n")
    run_stage(toy.project, "prepare", "big")
    toy.edit(*FAIL)
    with pytest.raises(ValueError, match="no"):
        run_stage(toy.project, "train", "big")
    assert [*toy.root.glob("data/big/.checkpoints/train/*/step")]
    assert not toy.path("data/.checkpoints").exists()


def test_a_training_node_without_its_stage_tag(toy):
    run_stage(toy.project, "prepare")
    toy.edit("src/toy/pipelines/train/pipeline.py", 'tags=["train"]', 'tags=["other"]')
    with pytest.raises(KizuError, match=r"node 'fit_line' asks for checkpoints .* \['other'\]"):
        run_stage(toy.project, "train")
