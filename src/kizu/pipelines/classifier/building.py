"""The classifier and its optimizer, from the parameters."""

import torch
from torch.optim import Optimizer

from kizu.models.checks import check_choice
from kizu.models.classifiers import load_pretrained
from kizu.models.image_classifier import ImageClassifier
from kizu.models.imagenet import ImagenetClassifier, classifier_names
from kizu.models.vit import VisionTransformer
from kizu.pipelines.classifier.parameters import (
    TRANSFORMER,
    ClassifierParameters,
    LearningRates,
    ModelParameters,
    OptimizerParameters,
)
from kizu.pipelines.unfit_data import UnfitDataError
from kizu.training.optimizers import adamw_at_rates, sgd_at_rates
from kizu.training.randomness import seeded

# Images in a batch when nothing is trained: at most so many, and so many values in all, because
# the feature maps of a large network are 20 times as large as its images.
_MOST_IMAGES = 512
_MOST_VALUES = 2**22


def build_classifier(
    parameters: ClassifierParameters, shape: tuple[int, ...], class_count: int
) -> ImageClassifier:
    """Return the network with its first weights, stages of learning rate 0 frozen.

    Args:
        parameters: of the stage.
        shape: of the images, (N, C, H, W).
        class_count: outputs of the head.

    Raises:
        ValueError: an unknown architecture, or one that nothing of would be trained.
        UnfitDataError: images too small for the architecture, or of another size than its own.
        PretrainedWeightsError: weights that are not to be had, or of another architecture.
    """
    with seeded(parameters.training.seed):
        model = _build(parameters.model, shape, class_count)
        if parameters.model.pretrained is not None:
            load_pretrained(model, parameters.model.pretrained)
    _freeze(model, parameters.learning_rates)
    return model


def build_optimizer(
    model: ImageClassifier, parameters: OptimizerParameters, rates: LearningRates
) -> Optimizer:
    """Return an optimizer over the stages that are not frozen."""
    stages = model.stages()
    chosen = [(stages[name], rate) for name, rate in rates.model_dump().items() if rate]
    if parameters.momentum is not None:
        return sgd_at_rates(chosen, parameters.weight_decay, parameters.momentum)
    return adamw_at_rates(chosen, parameters.weight_decay)


def evaluation_batch_size(shape: tuple[int, ...]) -> int:
    """How many images (N, C, H, W) to pass through a classifier at once."""
    _, channels, height, width = shape
    return max(1, min(_MOST_IMAGES, _MOST_VALUES // (channels * height * width)))


def _build(
    parameters: ModelParameters, shape: tuple[int, ...], class_count: int
) -> ImageClassifier:
    _, channels, height, width = shape
    if parameters.transformer is not None:
        return VisionTransformer(
            image_size=width,
            channels=channels,
            class_count=class_count,
            **parameters.transformer.model_dump(),
        )
    name = parameters.architecture
    check_choice("classifier.model.architecture", name, [TRANSFORMER, *classifier_names()])
    try:
        # Shapes alone, without memory or arithmetic.
        with torch.device("meta"):
            ImagenetClassifier(name, class_count).eval()(torch.empty(1, channels, height, width))
    except (RuntimeError, AssertionError) as error:
        raise UnfitDataError(
            f"classifier.model.architecture is {name}, which does not take images of "
            f"{height} x {width} pixels: {error}.",
            "resize them in images.steps (ImageNet's networks were made for 224 x 224), or choose "
            "another architecture",
        ) from error
    return ImagenetClassifier(name, class_count)


def _freeze(model: ImageClassifier, rates: LearningRates) -> None:
    stages = model.stages()
    frozen = [name for name, rate in rates.model_dump().items() if not rate]
    if not any(stages[name] for name in stages if name not in frozen):
        trainable = ", ".join(name for name, stage in stages.items() if stage)
        raise ValueError(
            f"classifier.learning_rates freeze all that this network has; set one above 0 of: "
            f"{trainable}"
        )
    for name in frozen:
        for parameter in stages[name]:
            parameter.requires_grad_(False)
