"""Pictures from trained networks, and their labels."""

import sys
from pathlib import Path

import click

from kizu.commands.options import PROFILE, RUN


@click.command()
@click.argument("picture", type=click.Path(dir_okay=False, path_type=Path), metavar="OUT.png")
@RUN
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


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--top",
    "count",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="How many classes to name.",
)
@RUN
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
