"""Running an experiment: all its cells, then the table."""

import subprocess
import sys
from collections.abc import Collection

from kizu.lineage.dvc_command import stage_environment
from kizu.lineage.errors import KizuError, guess
from kizu.lineage.experiments import Experiment
from kizu.lineage.preflight import check_repository
from kizu.lineage.signals import passed_on


def show_to_dvc(experiment: Experiment) -> None:
    """Let DVC see the experiment's ``dvc.yaml``, which the project's ``.dvcignore`` hides.

    DVC reads every ``dvc.yaml`` that it sees, whatever it is asked: hundreds of cells that nobody
    has run here would make each command slow, fill `dvc status` and fail `dvc checkout`.

    Raises:
        KizuError: the file that does it cannot be written.
    """
    path, text = experiment.folder / ".dvcignore", "!/dvc.yaml\n"
    try:
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise KizuError(
            f"{path} cannot be written: {error.strerror}.",
            "make it writable, or work in a copy of your own",
        ) from error


def _check(experiment: Experiment, stages: Collection[str]) -> None:
    """Refuse a stage that is not the experiment's, before anything has changed."""
    names = ["code", *(stage.name for stage in experiment.stages), "table"]
    cells = [
        f"{stage.name}@{'-'.join(choices.values())}"
        for stage in experiment.stages
        for choices in experiment.cells(stage.name)
        if choices
    ]
    for wanted in stages:
        if wanted not in {*names, *cells}:
            cell = f"; a cell of one, such as {cells[0]}" if cells else ""
            raise KizuError(
                f"the study {experiment.name} has no stage '{wanted}'.",
                f"{guess(wanted, [*names, *cells])}stages: {', '.join(names)}{cell}",
            )


def run_experiment(experiment: Experiment, stages: Collection[str] = ()) -> None:
    """Bring an experiment up to date with ``dvc repro``; from then on, DVC sees it.

    Args:
        experiment: the experiment.
        stages: as DVC calls them, such as ``gan@hinge-seed_0``, with those before them; none means
            all of them and the table.

    Raises:
        KizuError: the repository is not fit for a run, there is no such stage, or DVC or a stage
            failed.
    """
    check_repository(experiment.project)
    _check(experiment, stages)
    show_to_dvc(experiment)
    root = experiment.project.root
    file = experiment.project.relative(experiment.folder / "dvc.yaml")
    targets = [f"{file}:{stage}" for stage in stages] or [file]
    command = [sys.executable, "-m", "dvc", "repro", *targets]
    with (
        passed_on(),
        subprocess.Popen(command, cwd=root, env=stage_environment({})) as process,
    ):
        code = process.wait()
    if code:
        raise KizuError(
            f"the experiment {experiment.name} is not done; DVC's message stands above.",
            f"correct what it names, then run `kizu experiment run {experiment.name}` again: what "
            "is done is kept",
        )
