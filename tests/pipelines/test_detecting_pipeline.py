"""The four stages that detect, as Kedro and the generator of dvc.yaml see them."""

import pickle
from importlib import import_module
from pathlib import Path

import pytest
from kedro.validation.type_extractor import TypeExtractor

from kizu.lineage.imports import SourceTree
from kizu.lineage.parameter_types import parameter_types
from kizu.lineage.project import Project
from kizu.lineage.stages import Stage, code_roots

PROJECT = Path(__file__).parents[2]
MODALITIES = ["images", "audio", "tables", "text"]
pytestmark = pytest.mark.parametrize("modality", MODALITIES)


@pytest.fixture
def stage(modality):
    module = import_module(f"kizu.pipelines.detect_{modality}")
    return Stage(f"detect_{modality}", module.create_pipeline())


@pytest.fixture
def parameters(modality):
    module = import_module(f"kizu.pipelines.detect_{modality}.parameters")
    return getattr(module, f"Detect{modality.capitalize()}Parameters")


def test_parameters_are_checked_by_the_modalitys_own_type(stage, parameters):
    assert parameter_types([stage])[stage.name] is parameters
    kedro = TypeExtractor({stage.name: stage.pipeline}).extract_types_from_pipelines()
    assert kedro[stage.name] is parameters


def test_nodes_have_names_and_can_be_sent_to_another_process(stage):
    assert len({node.name for node in stage.pipeline.nodes}) == len(stage.pipeline.nodes)
    for node in stage.pipeline.nodes:
        assert node.tags == {stage.name}
        assert "partial" not in str(node)
        assert pickle.loads(pickle.dumps(node.func)).__name__ == node.func.__name__


def test_no_stage_depends_on_another_modality(stage, modality):
    roots = code_roots(Project.at(PROJECT), stage, {})
    files = SourceTree(PROJECT / "src", "kizu").closure(roots).files
    reached = {file.relative_to(PROJECT / "src" / "kizu").as_posix() for file in files}
    assert f"detection/{modality}/registry.py" in reached
    assert "pipelines/detecting_fits.py" in reached
    for other in {*MODALITIES} - {modality}:
        strangers = (f"detection/{other}/", f"pipelines/detect_{other}/", f"scoring/{other}/")
        assert [file for file in reached if file.startswith(strangers)] == []
    assert "reporting/names.py" not in reached
