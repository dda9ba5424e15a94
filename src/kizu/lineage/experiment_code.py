"""The code that the stages of an experiment depend on, as one file a stage.

Hundreds of cells that each depend on a hundred source files would make every command of DVC slow,
in the whole repository. So one stage depends on the package and writes hashes of the files that
each stage reaches; the cells depend on what it wrote, and run again exactly when one of these has
changed.
"""

import json
from pathlib import Path

from kizu.lineage.configuration import CellConfigLoader
from kizu.lineage.experiments import Experiment
from kizu.lineage.hashing import content_hash
from kizu.lineage.imports import SourceTree
from kizu.lineage.stages import code_roots


def code_path(experiment: Experiment, stage: str) -> Path:
    """Return the file with the hashes of a stage's code."""
    return experiment.project.root / "data" / "experiments" / experiment.name / f"code/{stage}.json"


def write_code(experiment: Experiment) -> None:
    """Write the hashes of the code that each stage reaches."""
    project = experiment.project
    tree = SourceTree(project.source, project.package)
    catalog = CellConfigLoader(experiment, experiment.any_cell)["catalog"]
    for stage in experiment.stages:
        files = tree.closure(code_roots(project, stage, catalog)).files
        hashes = {project.relative(file): content_hash(file) for file in files}
        path = code_path(experiment, stage.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(hashes, indent=2, sort_keys=True) + "\n", encoding="utf-8")
