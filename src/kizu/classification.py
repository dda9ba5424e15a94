"""Labels for new pictures, from a trained classifier: the command ``kizu classify``."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kizu.lineage.errors import KizuError
from kizu.sources.contents import read_start
from kizu.sources.files import Reject, RejectedFileError, SourceFile

if TYPE_CHECKING:
    from kizu.models.image_classifier import ImageClassifier
    from kizu.preprocessing.preparation import Preparation

NETWORKS = {"classifier": "classifier"}
"""What is asked is called so in the model of that stage."""


class Labeled(NamedTuple):
    """A picture's likeliest classes, the first most likely, with their probabilities."""

    file: str
    labels: list[tuple[str, float]]


class Labeler(NamedTuple):
    """A classifier and all that it takes to ask it.

    Attributes:
        model: the network, in evaluation mode.
        class_names: in the order of its logits.
        prepare: turns a file's content into what the network takes, uint8 (C, H, W).
    """

    model: "ImageClassifier"
    class_names: Sequence[str]
    prepare: Callable[[bytes | Path], np.ndarray]


def trained_labeler(packed: Any) -> Labeler:
    """Return the labeler of a classifier that the pipeline trained.

    Args:
        packed: of `kizu.trained.load_trained`.

    Raises:
        KizuError: it was saved before models kept how their pictures were prepared.
    """
    from kizu.models.classifiers import unpack_classifier
    from kizu.preprocessing.preparation import Preparation
    from kizu.training.device import resolve_device

    config = packed["config"]
    if "preparation" not in config:
        raise KizuError(
            "the classifier does not say how its pictures were prepared: an earlier version "
            "saved it.",
            "train it again with `kizu repro classifier`",
        )
    preparation = Preparation(**config["preparation"])
    network = unpack_classifier(packed).to(resolve_device("auto"))
    return Labeler(network, config["class_names"], preparation.apply)


def imagenet_labeler(architecture: str, weights: str) -> Labeler:
    """Return the labeler of a network with ImageNet's weights, and its 1,000 classes.

    Args:
        architecture: torchvision's name, such as ``vgg16``.
        weights: ``imagenet``, or a file; see `kizu.models.pretrained.read_weights`.

    Raises:
        KizuError: no such architecture, or weights that are not to be had or do not fit.
    """
    from kizu.models.imagenet import (
        IMAGENET_CLASSES,
        ImagenetClassifier,
        classifier_names,
        imagenet_categories,
        load_imagenet_weights,
    )
    from kizu.models.pretrained import PretrainedWeightsError
    from kizu.training.device import resolve_device

    if architecture not in (known := classifier_names()):
        raise KizuError(
            f"torchvision has no classifier {architecture!r}.",
            f"choose --imagenet from {', '.join(known)}",
        )
    try:
        network = ImagenetClassifier(architecture, IMAGENET_CLASSES)
        load_imagenet_weights(network, weights)
    except PretrainedWeightsError as error:
        raise KizuError(error.message, "name a file of its weights with --weights") from error
    network.eval().to(resolve_device("auto"))
    prepare = _as_published(architecture).apply
    return Labeler(network, imagenet_categories(architecture), prepare)


def _as_published(architecture: str) -> "Preparation":
    """How the published weights of an architecture were shown their pictures."""
    from torchvision import models

    from kizu.preprocessing.preparation import Preparation

    published = models.get_model_weights(architecture).DEFAULT.transforms()
    (short_side,), (side,) = published.resize_size, published.crop_size
    resize = {"size": short_side, "interpolation": published.interpolation.value}
    steps = [{"resize_short_side": resize}, {"center_crop": {"height": side, "width": side}}]
    shape = (3, side, side)
    return Preparation.model_validate({"channels": "rgb", "steps": steps, "shape": shape})


def classify(
    labeler: Labeler, files: Iterable[SourceFile | Reject], count: int
) -> Iterator[Labeled | Reject]:
    """Yield what each file is, or why it could not be read.

    Args:
        labeler: whom to ask.
        files: pictures, as `kizu.scoring.files.find_files` yields them.
        count: of classes to name.

    Raises:
        KizuError: the classifier knows fewer classes.
    """
    from kizu.evaluation.top_labels import top_labels
    from kizu.preprocessing.images import ImageDecodingError
    from kizu.preprocessing.prepared_images import ImageStepsError

    if count > len(labeler.class_names):
        raise KizuError(
            f"--top {count} asks for more classes than the classifier knows, "
            f"{len(labeler.class_names)}.",
            f"choose --top from 1 to {len(labeler.class_names)}",
        )
    for file in files:
        if isinstance(file, Reject):
            yield file
            continue
        try:
            read_start(file.content)
            image = labeler.prepare(file.content)
        except (RejectedFileError, ImageDecodingError, ImageStepsError) as error:
            yield Reject(file.path, str(error))
            continue
        yield Labeled(file.path, top_labels(labeler.model, image, labeler.class_names, count))
