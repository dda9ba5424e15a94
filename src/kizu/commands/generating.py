"""Pictures from trained networks, and their labels."""

import os
import sys
from pathlib import Path

import click

from kizu.commands.failures import told
from kizu.commands.options import PROFILE, RUN, FiniteRange


@click.command(short_help="Draw samples of a trained GAN or diffusion model.")
@click.argument(
    "picture",
    type=click.Path(dir_okay=False, readable=False, path_type=Path),
    metavar="OUT.png",
)
@RUN
@PROFILE
@click.option(
    "--model",
    "stage",
    type=click.Choice(("gan", "diffusion")),
    show_default="the GAN if it has been trained",
    help="Which model.",
)
@click.option(
    "--class",
    "class_name",
    metavar="CLASS",
    show_default="all in turn",
    help="Name or number of the class to draw.",
)
@click.option(
    "--n",
    "count",
    type=click.IntRange(1, 10_000),
    default=64,
    show_default=True,
    help="How many samples.",
)
@click.option(
    "--truncation",
    type=FiniteRange(min=0, min_open=True),
    show_default="no limit",
    help="GAN only: draw latent values anew that lie beyond this. Small: truer samples, less "
    "varied ones.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Another seed draws other samples.",
)
@click.option(
    "--method",
    type=click.Choice(("ddpm", "ddim", "heun", "dpm_solver")),
    show_default="as trained",
    help="Diffusion only: the method of sampling.",
)
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    show_default="as trained",
    help="Diffusion only: steps from noise to a sample, at most the model's timesteps.",
)
@click.option(
    "--guidance",
    type=FiniteRange(min=0),
    show_default="as trained",
    help="Diffusion only: scale of classifier-free guidance. 1 is none; more: truer samples, less "
    "varied ones.",
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
    """Draw samples of a trained GAN or diffusion model into one picture, OUT.png."""
    _require_writable(picture)
    from kizu.lineage.project import Project
    from kizu.sampling import NETWORKS, draw
    from kizu.trained import load_trained

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


def _require_writable(picture: Path) -> None:
    from kizu.lineage.errors import KizuError

    folder = picture.absolute().parent
    if picture.suffix.lower() != ".png":
        raise KizuError(f"{picture} is no PNG file.", "give a name that ends in .png")
    if not folder.is_dir():
        raise KizuError(f"there is no folder {picture.parent}.", "create it, or name another")
    if not os.access(picture if picture.exists() else folder, os.W_OK):
        raise KizuError(f"{picture} may not be written (no permission).", "name another place")


@click.command(short_help="Name the classes of pictures with a trained classifier.")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--top",
    "count",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="How many classes to name, at most as many as the classifier knows.",
)
@RUN
@PROFILE
@click.option(
    "--imagenet",
    metavar="ARCHITECTURE",
    help="Ask a network of torchvision's, such as vgg16, that knows ImageNet's 1,000 classes, "
    "instead of the trained classifier.",
)
@click.option(
    "--weights",
    metavar="FILE",
    show_default="torchvision downloads them",
    help="A file of the --imagenet network's weights.",
)
def classify(
    path: Path,
    count: int,
    run: str | None,
    env: str | None,
    imagenet: str | None,
    weights: str | None,
) -> None:
    """Name the likeliest classes of the picture PATH, or of each picture in a folder.

    The exit code is 3 if a file could not be read.
    """
    from kizu.scoring.files import find_files, require_files

    with told():
        require_files(path, "images")
    _require_fitting(run, env, imagenet, weights)
    from kizu.classification import NETWORKS, classify, imagenet_labeler, trained_labeler
    from kizu.lineage.project import Project
    from kizu.sources.files import Reject
    from kizu.trained import load_trained

    if imagenet is None:
        labeler = trained_labeler(load_trained(Project.find(), NETWORKS, run=run, env=env))
    else:
        labeler = imagenet_labeler(imagenet, weights or "imagenet")
    rejected = False
    for found in classify(labeler, find_files(path), count):
        if isinstance(found, Reject):
            rejected = True
            click.echo(f"rejected: {found.file}: {found.reason}", err=True)
        else:
            named = ", ".join(f"{name} {share:.1%}" for name, share in found.labels)
            click.echo(f"{found.file}: {named}")
    if rejected:
        sys.exit(3)


def _require_fitting(
    run: str | None, env: str | None, imagenet: str | None, weights: str | None
) -> None:
    """Refuse options that would not be looked at, and weights that are not there."""
    from kizu.lineage.errors import KizuError

    if imagenet is None and weights is not None:
        raise KizuError(
            f"--weights {weights} is for a network of torchvision's, and none is named.",
            "say which with --imagenet, or leave --weights out",
        )
    for option, value in (("--run", run), ("--env", env)):
        if imagenet is not None and value is not None:
            raise KizuError(
                f"{option} {value} names a trained classifier, --imagenet {imagenet} another "
                "network.",
                "leave one of them out",
            )
    if weights is not None and weights != "imagenet" and not Path(weights).is_file():
        raise KizuError(
            f"there is no file {weights}.", "name a file of the network's weights with --weights"
        )
