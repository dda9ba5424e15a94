"""The command ``kizu``. Each command imports what it needs when it runs, so help is quick."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kizu.scoring.card import Modality

PROFILE = click.option(
    "--env", metavar="PROFILE", help="The profile of conf/ that overlays conf/base."
)
PROFILE_OR_CELL = click.option(
    "--env",
    metavar="PROFILE",
    help="The profile of conf/ that overlays conf/base, or a cell of an experiment: "
    "experiments/NAME/CHOICE-CHOICE.",
)


MODALITY = click.option(
    "--modality",
    type=click.Choice(["images", "audio", "tables", "text"]),
    help="What the data is; without it, told by the files.",
)

# Kedro looks under this name for commands to add to its own; ours stand by themselves.
cli = click.Group("kizu")


class _Commands(click.Group):
    """Prints the traceback of a failure as well, for those who ask for it."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except click.ClickException:
            if context.params["debug"]:
                import traceback

                traceback.print_exc()
            raise


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of a failure.")
@click.version_option(package_name="kizu")
def main(debug: bool) -> None:
    """Reproducible generative modeling and anomaly detection on Kedro, DVC and MLflow."""
    _run_the_code_of_this_folder()


@main.command()
@click.argument("stages", nargs=-1, metavar="[STAGE]...")
@PROFILE
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many stages may run at once.",
)
@click.option("--force", is_flag=True, help="Run stages that are up to date, too.")
def repro(stages: tuple[str, ...], env: str | None, jobs: int, force: bool) -> None:
    """Bring all stages up to date, or the named ones and those before them."""
    from kizu.lineage.errors import KizuError
    from kizu.lineage.project import Project
    from kizu.lineage.repro import Repro
    from kizu.tracking.processes import command_line
    from kizu.tracking.repro import tracked_repro
    from kizu.tracking.summary import summarize

    project = Project.find()
    planned = Repro(project, stages, env)
    failure = None
    with tracked_repro(project.root, command_line(sys.argv), env) as tracked:
        try:
            outcome = planned.run(tracked.environment, jobs=jobs, force=force)
        except KizuError as error:
            failure = error
        tracked.succeeded = failure is None
    click.echo(f"\n{summarize(project, tracked.report).render()}\n")
    if failure:
        raise failure
    if outcome.up_to_date:
        click.echo("Nothing to do: every stage is up to date.")


@main.command()
@click.argument("stage")
@PROFILE_OR_CELL
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    envvar="OMP_NUM_THREADS",
    show_envvar=True,
    help="CPU threads of the numerical libraries.",
)
def run(stage: str, env: str | None, threads: int) -> None:
    """Run one STAGE on the files that lie in data/; this is what dvc.yaml calls.

    Sums round differently with another number of threads. The built-in models are so small that
    one is also the fastest: more would mostly wait for each other.
    """
    # Before anything imports NumPy or PyTorch, which read it once.
    os.environ["OMP_NUM_THREADS"] = str(threads)
    from kizu.lineage.node_failures import explain
    from kizu.lineage.project import Project
    from kizu.lineage.runner import run_stage

    project = Project.find()
    _log_to_stderr()
    try:
        run_stage(project, stage, env)
    except Exception as error:
        raise explain(error, project, stage) from error


@main.group()
def dvc() -> None:
    """Generate dvc.yaml from pipelines, catalog and experiments, or check it."""


@dvc.command()
@PROFILE
def write(env: str | None) -> None:
    """Write dvc.yaml and those of the experiments; with a profile, conf/PROFILE/dvc.yaml."""
    from kizu.lineage.generated import generated_files
    from kizu.lineage.project import Project

    project = Project.find()
    for file in generated_files(project, env):
        state = "written" if file.write() else "already up to date"
        click.echo(f"{project.relative(file.path)}: {state}.")


@dvc.command()
@PROFILE
def check(env: str | None) -> None:
    """Fail, and show the difference, when a dvc.yaml is not as it would be written."""
    from kizu.lineage.generated import generated_files
    from kizu.lineage.project import Project

    project = Project.find()
    for file in generated_files(project, env):
        file.require_no_drift()
        click.echo(f"{project.relative(file.path)} is as the pipelines and the catalog say.")


@main.group()
def experiment() -> None:
    """The studies of experiments/; `dvc repro experiments/NAME/dvc.yaml` runs one."""


@experiment.command()
@click.argument("name")
def code(name: str) -> None:
    """Write down the hashes of an experiment's code; its dvc.yaml calls this."""
    from kizu.lineage.experiment_code import write_code
    from kizu.lineage.experiments import load_experiment
    from kizu.lineage.project import Project

    write_code(load_experiment(Project.find(), name))


@experiment.command()
@click.argument("name")
def table(name: str) -> None:
    """Write the results that lie in data/ into the table of experiments/NAME/README.md."""
    from kizu.lineage.experiment_table import write_table
    from kizu.lineage.experiments import load_experiment
    from kizu.lineage.project import Project

    write_table(load_experiment(Project.find(), name))


@main.command()
def sync() -> None:
    """Send recorded runs that MLflow does not have yet."""
    from kizu.lineage.errors import KizuError
    from kizu.lineage.project import Project
    from kizu.tracking.sync import sync as send

    report = send(Project.find().root)
    if report.problem:
        raise KizuError(str(report))
    click.echo(report)


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on.")
def ui(port: int | None) -> None:
    """Open the MLflow UI on the recorded runs."""
    from kizu.lineage.project import Project
    from kizu.tracking.ui import serve

    serve(Project.find().root, port)


@main.command()
@click.argument("picture", type=click.Path(dir_okay=False, path_type=Path), metavar="OUT.png")
@click.option(
    "--run",
    metavar="RUN",
    help="An MLflow run's id or name, or a model's folder; without it, the model in data/.",
)
@PROFILE
@click.option(
    "--model",
    "stage",
    type=click.Choice(("gan", "diffusion")),
    help="Whose, where there are both; without it, the GAN.",
)
@click.option("--class", "class_name", metavar="CLASS", help="The class to draw; without it, all.")
@click.option(
    "--n", "count", type=click.IntRange(1, 10_000), default=64, show_default=True, help="How many."
)
@click.option(
    "--truncation",
    type=click.FloatRange(min=0, min_open=True),
    help="Draw latents of a GAN again that go beyond: truer samples, less varied ones.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the latents."
)
@click.option(
    "--method",
    type=click.Choice(("ddpm", "ddim", "heun", "dpm_solver")),
    help="Sample a diffusion model by this instead of its own method.",
)
@click.option("--steps", type=click.IntRange(min=1), help="In so many steps instead of its own.")
@click.option(
    "--guidance",
    type=click.FloatRange(min=0),
    help="Its classifier-free guidance; 1 is none, more is truer and less varied.",
)
def sample(
    picture: Path,
    run: str | None,
    env: str | None,
    stage: str | None,
    class_name: str | None,
    count: int,
    truncation: float | None,
    seed: int,
    method: str | None,
    steps: int | None,
    guidance: float | None,
) -> None:
    """Draw samples of a trained GAN or diffusion model into OUT.png."""
    from kizu.lineage.errors import KizuError
    from kizu.lineage.project import Project
    from kizu.sampling import NETWORKS, draw
    from kizu.trained import load_trained

    if picture.suffix.lower() != ".png":
        raise KizuError(f"{picture} is no PNG file.", "give a name that ends in .png")
    if not picture.absolute().parent.is_dir():
        raise KizuError(f"there is no folder {picture.parent}.", "create it, or name another")
    networks = NETWORKS if stage is None else {stage: NETWORKS[stage]}
    model = load_trained(Project.find(), networks, run=run, env=env)
    changes = {"name": method, "steps": steps, "guidance_scale": guidance}
    drawn = draw(
        model,
        class_name=class_name,
        count=count,
        truncation=truncation,
        seed=seed,
        sampler={key: value for key, value in changes.items() if value is not None},
    )
    picture.write_bytes(drawn)
    click.echo(f"{count} samples are in {picture}.")


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--top",
    "count",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="How many classes to name.",
)
@click.option(
    "--run",
    metavar="RUN",
    help="An MLflow run's id or name, or a model's folder; without it, the model in data/.",
)
@PROFILE
@click.option(
    "--imagenet",
    metavar="ARCHITECTURE",
    help="Ask a network of torchvision's, such as vgg16, that knows ImageNet's 1,000 classes.",
)
@click.option(
    "--weights",
    default="imagenet",
    metavar="FILE",
    help="Its weights, where torchvision cannot download them.",
)
def classify(
    path: Path, count: int, run: str | None, env: str | None, imagenet: str | None, weights: str
) -> None:
    """Name the likeliest classes of the picture PATH, or of each in a folder.

    The exit code is 3 if a file could not be read.
    """
    from kizu.classification import NETWORKS, classify, imagenet_labeler, trained_labeler
    from kizu.lineage.errors import KizuError
    from kizu.lineage.project import Project
    from kizu.scoring.errors import ScoringError
    from kizu.scoring.files import find_files
    from kizu.sources.files import Reject
    from kizu.trained import load_trained

    if imagenet is None:
        labeler = trained_labeler(load_trained(Project.find(), NETWORKS, run=run, env=env))
    else:
        labeler = imagenet_labeler(imagenet, weights)
    rejected = False
    try:
        for found in classify(labeler, find_files(path), count):
            if isinstance(found, Reject):
                rejected = True
                click.echo(f"rejected: {found.file}: {found.reason}", err=True)
            else:
                named = ", ".join(f"{name} {share:.1%}" for name, share in found.labels)
                click.echo(f"{found.file}: {named}")
    except ScoringError as error:
        raise KizuError(error.message, error.way_out) from error
    if rejected:
        sys.exit(3)


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@MODALITY
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("scores"),
    show_default=True,
    help="The folder for tables, explanations and the report.",
)
@click.option(
    "--run",
    metavar="RUN",
    help="An MLflow run's id or name, or a model's folder; without it, the model in data/.",
)
@PROFILE
@click.option(
    "--fdr",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="RATE",
    help="Flag so that this share of the flagged items is normal (Benjamini and Hochberg), "
    "instead of a share of the normal items.",
)
def score(
    path: Path,
    modality: "Modality | None",
    out: Path,
    run: str | None,
    env: str | None,
    fdr: float | None,
) -> None:
    """Score the file or folder PATH with a trained model, and explain what it flags.

    The exit code is 0 whatever is found, and 3 if something could not be scored: it is listed in
    rejects.csv.
    """
    from kizu.lineage.errors import KizuError
    from kizu.scorers import scorer_for
    from kizu.scoring.errors import ScoringError
    from kizu.scoring.score_path import score_path

    try:
        scorer = scorer_for(path, modality, run=run, env=env)
        tally = score_path(scorer, path, out, false_discovery_rate=fdr)
    except ScoringError as error:
        raise KizuError(error.message, error.way_out) from error
    for sentence in tally.sentences():
        click.echo(sentence)
    for reject in tally.first_rejects[:10]:
        click.echo(f"  rejected: {reject.file}: {reject.reason}")
    if tally.rejected:
        click.echo(f"{tally.rejected} rejected; {out / 'rejects.csv'} lists all.")
    click.echo(f"Read {out / 'report.html'}; the scores are in {out / 'scores.csv'}.")
    if tally.rejected:
        sys.exit(3)


@main.command()
@MODALITY
@click.option(
    "--run", metavar="RUN", help="An MLflow run's id or name; without it, the model in data/."
)
@PROFILE
def register(modality: "Modality | None", run: str | None, env: str | None) -> None:
    """Register a trained model in MLflow, to be served by `mlflow models serve`."""
    from kizu.lineage.project import Project
    from kizu.scorers import trained_modality
    from kizu.serving import register_scorer

    project = Project.find()
    chosen = modality or trained_modality(project, run=run, env=env)
    registered = register_scorer(project, chosen, run=run, env=env)
    click.echo(f"{registered.uri} is registered ({registered.store}).")


def _run_the_code_of_this_folder() -> None:
    """Start again with the source of the project around us, if another one is installed.

    Editable installation points at one clone. In another one, as ``dvc exp run --temp`` makes it,
    ``dvc.yaml`` names the files of that clone, so they have to be the ones that run.
    """
    from kizu.lineage.errors import KizuError
    from kizu.lineage.project import Project

    try:
        project = Project.find()
    except KizuError:  # the command itself says so, unless it only shows its help
        return
    here = project.package_folder / Path(__file__).name
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if not here.is_file() or here.samefile(__file__) or str(project.source) in paths:
        return
    os.environ["PYTHONPATH"] = os.pathsep.join([str(project.source), *filter(None, paths)])
    os.execv(sys.executable, [sys.executable, "-m", "kizu", *sys.argv[1:]])


def _log_to_stderr() -> None:
    import logging

    from kizu.lineage.processes import leads

    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("kizu").setLevel(logging.INFO if leads() else logging.WARNING)
    # A failed node is reported by this command.
    logging.getLogger("kedro.pipeline.node").setLevel(logging.CRITICAL)
    # Step metrics go to the tracking hook; the progress bar already shows them.
    logging.getLogger("kizu.metrics").propagate = False
