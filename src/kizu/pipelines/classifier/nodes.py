"""Nodes of the stage `classifier`."""

from pathlib import Path
from typing import Any

import numpy as np

from kizu.pipelines.classifier.parameters import ClassifierParameters

_MISTAKES_SHOWN = 18
_IMAGES_EXPLAINED = 4


def train_classifier(
    images: np.ndarray, image_index: Any, parameters: ClassifierParameters, checkpoints: Path
) -> tuple[dict[str, Any], list[dict[str, float]]]:
    """Train a classifier on the train split, watched on the calibration split.

    Args:
        images: (N, C, H, W) uint8.
        image_index: data frame of N rows with `label`, `class_name` and `split`.
        parameters: of the stage.
        checkpoints: folder of this training.

    Returns:
        The packed model (its moving average, if there is one), with the names of its classes, and
        the history.
    """
    from functools import partial

    import torch.nn.functional as F

    from kizu.models.serialization import pack
    from kizu.pipelines.classifier.building import build_classifier, build_optimizer
    from kizu.pipelines.classifier.checks import check_data
    from kizu.pipelines.classifier.recipe import build_augment, build_mix
    from kizu.pipelines.classifier.watching import calibration_metrics
    from kizu.training.ema import ExponentialMovingAverage
    from kizu.training.loop import train
    from kizu.training.schedules import warmup_cosine
    from kizu.training.stopping import EarlyStopping
    from kizu.training.supervised import SupervisedTask

    names = check_data(images, image_index, parameters)
    split, labels = image_index["split"].to_numpy(), image_index["label"].to_numpy()
    training = parameters.training
    model = build_classifier(parameters, images.shape, len(names))
    average = (
        ExponentialMovingAverage(model, parameters.average_decay)
        if parameters.average_decay is not None
        else None
    )
    result_network = average.network if average else model
    watched = split == "calibration"

    def evaluate(step: int) -> dict[str, float]:
        return calibration_metrics(result_network, images[watched], labels[watched])

    result = train(
        SupervisedTask(
            model,
            build_optimizer(model, parameters.optimizer, parameters.learning_rates),
            partial(F.cross_entropy, label_smoothing=parameters.label_smoothing),
            augment=build_augment(parameters.augmentation),
            mix=build_mix(parameters.mixing, len(names)),
            average=average,
            schedule=warmup_cosine(training.steps, parameters.warmup_steps),
        ),
        {"images": images[split == "train"], "labels": labels[split == "train"]},
        training,
        checkpoints,
        evaluate=evaluate,
        stopping=EarlyStopping("calibration_loss", parameters.patience)
        if parameters.patience is not None
        else None,
        description="classifier",
    )
    packed = pack(classifier=result_network)
    config = packed["config"] | {
        "class_names": names,
        "best_step": result.best_step,
        "nondeterministic_operations": result.nondeterministic,
    }
    return {"config": config, "tensors": packed["tensors"]}, result.history


def keep_preparation(model: Any, images: np.ndarray, channels: Any, steps: Any) -> Any:
    """Return the packed model with what it takes to show it a new file.

    Args:
        model: of `train_classifier`.
        images: (N, C, H, W) that it was trained on.
        channels: of the stage `images`.
        steps: of the stage `images`, as its parameters name them.

    Returns:
        The model; its configuration holds ``preparation``, the fields of
        `kizu.preprocessing.preparation.Preparation` (which is not built here: training does not
        depend on the code of the steps).
    """
    preparation = {"channels": channels, "steps": steps, "shape": list(images.shape[1:])}
    return {**model, "config": model["config"] | {"preparation": preparation}}


def evaluate_classifier(
    images: np.ndarray, image_index: Any, model: Any, parameters: ClassifierParameters
) -> tuple[dict[str, float], dict[str, float], Any, Any, Any]:
    """Measure the classifier on the test split.

    Args:
        images: (N, C, H, W) uint8.
        image_index: data frame of N rows with `label`, `class_name` and `split`.
        model: the packed model of `train_classifier`.
        parameters: of the stage.

    Returns:
        Metrics as ``test.<metric>``; scores as ``test.<class>.<score>``; and the figures of the
        confusion matrix, of confidence against accuracy, and of the worst mistakes.
    """
    from scipy.special import softmax

    from kizu.evaluation.classification import (
        class_scores,
        classification_metrics,
        confusion_matrix,
        worst_mistakes,
    )
    from kizu.evaluation.extraction import classifier_outputs
    from kizu.evaluation.reliability import reliability
    from kizu.models.classifiers import unpack_classifier
    from kizu.pipelines.classifier.building import evaluation_batch_size
    from kizu.pipelines.classifier.checks import check_classes
    from kizu.reporting import classifier_figures, figures
    from kizu.training.device import resolve_device

    check_classes(model, image_index)
    tested = (image_index["split"] == "test").to_numpy()
    labels = image_index["label"].to_numpy()[tested]
    classifier = unpack_classifier(model).to(resolve_device(parameters.training.device))
    batch_size = evaluation_batch_size(images.shape)
    outputs = classifier_outputs(classifier, images[tested], batch_size=batch_size)
    logits = outputs.logits.cpu().numpy()
    names, answers = model["config"]["class_names"], logits.argmax(axis=1)
    metrics = classification_metrics(labels, logits, names)
    worst = worst_mistakes(labels, logits, _MISTAKES_SHOWN)
    return (
        {f"test.{name}": value for name, value in metrics.items()},
        {f"test.{name}": value for name, value in class_scores(labels, answers, names).items()},
        figures.confusion_matrix(
            confusion_matrix(labels, answers, len(names)),
            names,
            title="Classifier on the test images",
        ),
        classifier_figures.reliability_diagram(
            *reliability(labels, logits),
            error=metrics["expected_calibration_error"],
            title="Confidence on the test images",
        ),
        classifier_figures.mistakes_figure(
            images[tested][worst],
            [names[label] for label in labels[worst]],
            [names[answer] for answer in answers[worst]],
            softmax(logits[worst], axis=1).max(axis=1, initial=0),
        ),
    )


def explain_classifier(
    images: np.ndarray, image_index: Any, model: Any, parameters: ClassifierParameters
) -> Any:
    """Draw what the classifier looks at in the first test image of each of the first classes.

    Arguments as of `evaluate_classifier`.
    """
    from kizu.evaluation.extraction import classifier_outputs
    from kizu.evaluation.saliency import saliency_maps
    from kizu.models.classifiers import unpack_classifier
    from kizu.reporting.classifier_figures import saliency_figure
    from kizu.training.device import resolve_device

    position = np.arange(len(image_index))
    tested = image_index.assign(position=position)[image_index["split"] == "test"]
    firsts = tested.drop_duplicates("label").sort_values("label")["position"].to_numpy()
    shown = images[firsts[:_IMAGES_EXPLAINED]]
    classifier = unpack_classifier(model).to(resolve_device(parameters.training.device))
    answers = classifier_outputs(classifier, shown, batch_size=len(shown)).logits.argmax(dim=1)
    names = model["config"]["class_names"]
    said = [names[answer] for answer in answers.tolist()]
    return saliency_figure(shown, said, saliency_maps(classifier, shown))


def draw_classifier_curves(history: list[dict[str, float]]) -> Any:
    """Draw loss and accuracy against the step, on the train and the calibration split."""
    from kizu.reporting.figures import training_curves

    series = [("loss", "calibration_loss"), ("accuracy", "calibration_accuracy")]
    return training_curves(history, series, title="Classifier")


def show_augmentations(
    images: np.ndarray, image_index: Any, parameters: ClassifierParameters
) -> dict[str, bytes]:
    """Return the gallery of what training may do to images, on the first of the train split."""
    from kizu.pipelines.classifier.augmentations import augmentation_exhibits
    from kizu.reporting.gallery import gallery_files

    rows = np.flatnonzero(image_index["split"] == "train")[:6]
    labels = image_index["label"].to_numpy()[rows]
    return gallery_files(augmentation_exhibits(images[rows], labels, parameters.training.seed))
