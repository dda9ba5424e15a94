"""Nodes of the stage `classifier`."""

from pathlib import Path
from typing import Any

import numpy as np

from kizu.pipelines.classifier.parameters import ClassifierParameters

# Images in a batch when nothing is trained.
_BATCH_SIZE = 512


def train_classifier(
    images: np.ndarray, image_index: Any, parameters: ClassifierParameters, checkpoints: Path
) -> tuple[dict[str, Any], list[dict[str, float]]]:
    """Train a vision transformer on the train split, watched on the calibration split.

    Args:
        images: (N, C, H, W) uint8, H = W.
        image_index: data frame of N rows with `label`, `class_name` and `split`.
        parameters: of the stage.
        checkpoints: folder of this training.

    Returns:
        The packed model, with the names of its classes, and the history.
    """
    from functools import partial

    import torch
    import torch.nn.functional as F

    from kizu.evaluation.classification import accuracy, negative_log_likelihood
    from kizu.evaluation.extraction import classifier_outputs
    from kizu.models.serialization import pack
    from kizu.models.vit import VisionTransformer
    from kizu.objectives.augmentation import random_shift
    from kizu.training.loop import train
    from kizu.training.optimizers import adamw
    from kizu.training.randomness import seeded
    from kizu.training.schedules import warmup_cosine
    from kizu.training.supervised import SupervisedTask

    split, labels = image_index["split"].to_numpy(), image_index["label"].to_numpy()
    names = image_index.drop_duplicates("label").sort_values("label")["class_name"].tolist()
    training = parameters.training
    with seeded(training.seed):
        model = VisionTransformer(
            image_size=images.shape[-1],
            channels=images.shape[1],
            class_count=len(names),
            **parameters.model.model_dump(),
        )

    def augment(batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        return random_shift(batch, generator, parameters.shift)

    watched = split == "calibration"

    def evaluate(step: int) -> dict[str, float]:
        logits = classifier_outputs(model.eval(), images[watched], batch_size=_BATCH_SIZE).logits
        answers = logits.cpu().numpy()
        return {
            "calibration_loss": negative_log_likelihood(labels[watched], answers),
            "calibration_accuracy": accuracy(labels[watched], answers.argmax(axis=1)),
        }

    result = train(
        SupervisedTask(
            model,
            adamw(model, parameters.learning_rate, parameters.weight_decay),
            partial(F.cross_entropy, label_smoothing=parameters.label_smoothing),
            augment=augment if parameters.shift else None,
            schedule=warmup_cosine(training.steps, parameters.warmup_steps),
        ),
        {"images": images[split == "train"], "labels": labels[split == "train"]},
        training,
        checkpoints,
        evaluate=evaluate,
        description="classifier",
    )
    packed = pack(classifier=model)
    config = packed["config"] | {
        "class_names": names,
        "nondeterministic_operations": result.nondeterministic,
    }
    return {"config": config, "tensors": packed["tensors"]}, result.history


def evaluate_classifier(
    images: np.ndarray, image_index: Any, model: Any
) -> tuple[dict[str, float], Any]:
    """Measure the classifier on the test split.

    Args:
        images: (N, C, H, W) uint8.
        image_index: data frame of N rows with `label` and `split`.
        model: the packed model of `train_classifier`.

    Returns:
        Metrics as ``test.<metric>``, and the figure of the confusion matrix.
    """
    from kizu.evaluation.classification import classification_metrics, confusion_matrix
    from kizu.evaluation.extraction import classifier_outputs
    from kizu.models.serialization import unpack
    from kizu.models.vit import VisionTransformer
    from kizu.reporting import figures

    tested = (image_index["split"] == "test").to_numpy()
    labels = image_index["label"].to_numpy()[tested]
    classifier = unpack(model, "classifier", VisionTransformer)
    logits = classifier_outputs(classifier, images[tested], batch_size=_BATCH_SIZE).logits.numpy()
    names = model["config"]["class_names"]
    metrics = classification_metrics(labels, logits, names)
    matrix = confusion_matrix(labels, logits.argmax(axis=1), len(names))
    return (
        {f"test.{name}": value for name, value in metrics.items()},
        figures.confusion_matrix(matrix, names, title="Classifier on the test images"),
    )


def draw_classifier_curves(history: list[dict[str, float]]) -> Any:
    """Draw loss and accuracy against the step, on the train and the calibration split."""
    from kizu.reporting.figures import training_curves

    series = [("loss", "calibration_loss"), ("accuracy", "calibration_accuracy")]
    return training_curves(history, series, title="Classifier")
