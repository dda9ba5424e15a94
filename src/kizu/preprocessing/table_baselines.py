"""Two classifiers that show what the preprocessing of a table is worth."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from kizu.preprocessing.table_alignment import align
from kizu.preprocessing.table_resampling import make_sampler, resample
from kizu.preprocessing.table_steps import prepare_by_steps
from kizu.preprocessing.table_transform import build_transform
from kizu.preprocessing.table_variants import Variant, used_columns

if TYPE_CHECKING:
    import pandas as pd


def compare_variants(
    variants: Iterable[Variant],
    train: tuple["pd.DataFrame", np.ndarray],
    test: tuple["pd.DataFrame", np.ndarray],
    *,
    tree_iterations: int,
    seed: int,
) -> list[dict[str, Any]]:
    """Return the scores of both classifiers under every variant of the preprocessing.

    The classifiers are a support vector machine with an RBF kernel (scikit-learn's ``SVC`` with
    its defaults) and boosted trees (``HistGradientBoostingClassifier``). The preprocessing goes
    step by step; the support vector machine is fitted again behind the ``ColumnTransformer`` in one
    pipeline, and ``pipeline_difference`` says how far its decisions on the test rows are apart.

    Args:
        variants: of the preprocessing.
        train: features of the training rows, and their classes.
        test: the same of the test rows.
        tree_iterations: how many trees are boosted.
        seed: of the resampling and of the trees.

    Returns:
        A row a classifier and variant (but none for a variant that leaves no test rows, or training
        rows of one class only): ``model``, ``variant``, ``features``, ``train_rows`` (after
        resampling), ``test_rows``, accuracy and balanced accuracy of both, and of the support
        vector machine ``pipeline_test_accuracy`` and ``pipeline_difference``.

    Raises:
        ValueError: the training rows are of one class.
    """
    rows = []
    for variant in variants:
        (train_frame, train_labels), (test_frame, test_labels) = (
            _complete(variant, *part) if variant.complete_rows else part for part in (train, test)
        )
        if len(np.unique(train_labels)) < 2 or len(test_labels) == 0:
            continue
        aligned = [align(frame, variant.plans)[0] for frame in (train_frame, test_frame)]
        prepared = prepare_by_steps(
            aligned[0], aligned[1:], variant.plans, clip_outliers=variant.clip_outliers
        )
        chosen = resample(train_labels, variant.resampling, seed)
        features, test_features = (frame.to_numpy() for frame in prepared)
        for name, model in _models(tree_iterations, seed).items():
            model.fit(features[chosen], train_labels[chosen])
            row = {
                "model": name,
                "variant": variant.name,
                "features": features.shape[1],
                "train_rows": len(chosen),
                "test_rows": len(test_labels),
                **_scores("train", train_labels, model.predict(features)),
                **_scores("test", test_labels, model.predict(test_features)),
            }
            if name == "svc":
                pipeline = one_pipeline(variant, seed).fit(aligned[0], train_labels)
                inputs = pipeline["transform"].transform(aligned[1])
                decisions = pipeline["svc"].decision_function(inputs)
                own = model.decision_function(test_features)
                correct = pipeline["svc"].predict(inputs) == test_labels
                row["pipeline_test_accuracy"] = float(np.mean(correct))
                row["pipeline_difference"] = float(np.abs(decisions - own).max())
            rows.append(row)
    if not rows:
        raise ValueError("All training rows are of one class: there is nothing to tell apart.")
    return rows


def draw_rows(labels: np.ndarray, most: int, seed: int) -> np.ndarray:
    """Return the positions, in order, of at most ``most`` rows, every class in its proportion.

    Args:
        labels: the class of each of N rows.
        most: rows to draw, if there are more.
        seed: of the draw.
    """
    if len(labels) <= most:
        return np.arange(len(labels))
    order = np.random.default_rng(seed).permutation(len(labels))
    # How far through its class each row is: those of all classes that come first are taken.
    progress = np.empty(len(labels))
    for label in np.unique(labels):
        members = order[labels[order] == label]
        progress[members] = np.arange(len(members)) / len(members)
    return np.sort(np.argsort(progress, kind="stable")[:most])


def one_pipeline(variant: Variant, seed: int) -> Any:
    """Return the whole variant in one pipeline: transform, resample when fitting, classify."""
    from imblearn.pipeline import Pipeline
    from sklearn.svm import SVC

    transform = build_transform(variant.plans, clip_outliers=variant.clip_outliers)
    steps: list[tuple[str, Any]] = [("transform", transform)]
    if variant.resampling != "none":
        steps.append(("resample", make_sampler(variant.resampling, seed)))
    return Pipeline([*steps, ("svc", SVC())])


def _models(tree_iterations: int, seed: int) -> dict[str, Any]:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.svm import SVC

    trees = HistGradientBoostingClassifier(
        max_iter=tree_iterations, early_stopping=False, random_state=seed
    )
    return {"svc": SVC(), "boosted_trees": trees}


def _scores(split: str, labels: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    from sklearn.metrics import accuracy_score, balanced_accuracy_score

    return {
        f"{split}_accuracy": float(accuracy_score(labels, predicted)),
        f"{split}_balanced_accuracy": float(balanced_accuracy_score(labels, predicted)),
    }


def _complete(
    variant: Variant, frame: "pd.DataFrame", labels: np.ndarray
) -> tuple["pd.DataFrame", np.ndarray]:
    complete = frame[used_columns(variant)].notna().all(axis=1).to_numpy()
    return frame[complete], labels[complete]
