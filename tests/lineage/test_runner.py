"""`kizu run`: what nodes and hooks see is what Kedro's own runner shows them."""

import json
from typing import Any

import pytest
from kedro.framework.hooks import hook_impl
from kedro.framework.hooks.manager import _create_hook_manager
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline
from pluggy import PluginManager

from kizu.lineage.errors import KizuError
from kizu.lineage.runner import run_nodes, run_stage


def test_a_stage_reads_runs_and_writes(toy):
    run_stage(toy.project, "prepare")
    assert json.loads(toy.path("data/01_raw/numbers.json").read_text()) == [0, 1, 2, 3, 4]


def test_an_unknown_stage(toy):
    with pytest.raises(KizuError, match="no stage 'trian'") as raised:
        run_stage(toy.project, "trian")
    assert raised.value.way_out == "did you mean 'train'? stages: prepare, train, write"


def test_an_unknown_profile(toy):
    with pytest.raises(KizuError, match="no profile 'mnist'"):
        run_stage(toy.project, "prepare", "mnist")


def test_a_missing_catalog_entry(toy):
    toy.edit("conf/base/catalog.yml", "numbers:", "digits:")
    with pytest.raises(KizuError, match="the stage 'train' reads numbers, not in the catalog"):
        run_stage(toy.project, "train")


def test_a_profile_runs_on_its_own_data(toy):
    toy.write("conf/big/parameters.yml", "prepare:\n  count: 2\n")
    run_stage(toy.project, "prepare", "big")
    assert json.loads(toy.path("data/big/01_raw/numbers.json").read_text()) == [0, 1]
    assert not toy.path("data/01_raw").exists()


def test_wrong_parameters_run_nothing(toy):
    toy.edit("conf/base/parameters_prepare.yml", "count: 5", "count: -5")
    with pytest.raises(KizuError, match=r"prepare\.count = -5"):
        run_stage(toy.project, "prepare")
    assert not toy.path("data").exists()


class Replacing:
    """A hook that replaces an input."""

    @hook_impl
    def before_node_run(self, node: Node) -> dict[str, Any] | None:
        return {"c": 40} if node.name == "add" else None


def add(a: int, c: int) -> tuple[int, int]:
    if a < 0:
        raise ValueError("negative")
    return a + c, c


PIPELINE = Pipeline(
    [
        Node(lambda a: a + 1, "a", "c", name="increase"),
        Node(add, {"a": "a", "c": "c"}, ["sum", "kept"], name="add"),
        Node(lambda total: f"{total}", "sum", "text", name="write"),
    ]
)


def calls_and_data(run: Any, a: int) -> tuple[list[Any], dict[str, Any]]:
    """Run `PIPELINE` and return the hooks' calls in order, and what the catalog holds then."""
    hooks = _create_hook_manager()
    hooks.register(Replacing())
    calls: list[Any] = []

    def note(name: str, implementations: Any, arguments: dict[str, Any]) -> None:
        shown = {key: value for key, value in arguments.items() if key != "catalog"}
        calls.append((name, {**shown, "error": str(shown.get("error"))}))

    hooks.add_hookcall_monitoring(note, lambda *_: None)
    names = sorted(PIPELINE.datasets())
    catalog = DataCatalog({name: MemoryDataset() for name in names})
    catalog.save("a", a)
    try:
        run(catalog, hooks)
    except ValueError as error:
        calls.append(str(error))
    return calls, {name: catalog[name].load() for name in names if catalog[name].exists()}


@pytest.mark.parametrize("a", [1, -1])
def test_hooks_and_nodes_see_what_kedros_runner_shows_them(a):
    from kedro.runner import SequentialRunner

    def ours(catalog: DataCatalog, hooks: PluginManager) -> None:
        run_nodes(PIPELINE, catalog, hooks, "id")

    def kedros(catalog: DataCatalog, hooks: PluginManager) -> None:
        SequentialRunner().run(PIPELINE, catalog, hooks, "id")

    calls, data = calls_and_data(ours, a)

    assert (calls, data) == calls_and_data(kedros, a)
    assert [call[0] for call in calls].count("before_node_run") == (3 if a > 0 else 2)
    assert data == ({"a": 1, "kept": 40, "text": "41"} if a > 0 else {"a": -1, "c": 0})


def test_the_stage_is_described_to_hooks_as_kedro_describes_it(toy, monkeypatch):
    import inspect

    from kedro.framework.session import KedroSession

    told: dict[str, Any] = {}

    class Listening:
        @hook_impl
        def before_pipeline_run(self, run_params: dict[str, Any]) -> None:
            told.update(run_params)

    toy.project.import_module("settings").HOOKS += (Listening(),)
    run_stage(toy.project, "prepare")

    source = inspect.getsource(KedroSession.run)
    record = source[source.index("record_data = {") : source.index("runner = runner or")]
    assert all(f'"{key}"' in record for key in told)
    assert record.count('":') == len(told)
    assert told["pipeline_names"] == ["prepare"]
    assert told["project_path"] == toy.root.as_posix()


def test_only_the_first_of_several_processes_writes(toy, monkeypatch):
    run_stage(toy.project, "prepare")
    called = []

    class Listening:
        @hook_impl
        def before_pipeline_run(self) -> None:
            called.append("run")

    toy.project.import_module("settings").HOOKS += (Listening(),)
    monkeypatch.setenv("RANK", "1")
    run_stage(toy.project, "train")

    assert not called
    assert not toy.path("data/06_models").exists()
    assert [*toy.root.glob("data/.checkpoints/train/*/step")], "the first one removes them"

    monkeypatch.setenv("RANK", "0")
    run_stage(toy.project, "train")
    assert called == ["run"]
    assert toy.path("data/06_models").exists()
    assert not toy.path("data/.checkpoints/train").exists()
