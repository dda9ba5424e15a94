"""How detectors are called on a page.

Only what makes pages imports this: a stage that draws figures does not run again because a
detector got a nicer name.
"""

from kizu.reporting.series import SPELLED, plain_words

_DETECTORS = {
    "aligned_neighbors": "kNN on aligned spectrograms",
    "anogan": "AnoGAN",
    "combined": "all combined",
    "copod": "COPOD",
    "covariance": "robust covariance",
    "ecod": "ECOD",
    "efficient_gan": "EfficientGAN",
    "f_anogan": "f-AnoGAN",
    "feature_gaussian": "Gaussian of features",
    "feature_neighbors": "kNN on features",
    "forest": "isolation forest",
    "gradient_neighbors": "kNN on gradients",
    "neighbors": "kNN",
    "ngram": "n-gram",
    "outlier_factor": "local outlier factor",
    "pixel_components": "PCA on pixels",
    "pixel_forest": "isolation forest on pixels",
    "pixel_neighbors": "kNN on pixels",
    "raw_neighbors": "kNN on spectrograms",
    "selective_mahalanobis": "selective Mahalanobis",
    "state_neighbors": "kNN on hidden states",
    "statistics_gaussian": "Gaussian of statistics",
    "statistics_neighbors": "kNN on statistics",
    "support_vector": "one-class SVM",
    "tfidf_neighbors": "kNN on TF-IDF",
    "transformer": "Transformer",
}


def words(name: str) -> str:
    """A key as a reader sees it: ``anogan.generator_loss`` becomes ``AnoGAN: generator loss``."""
    return plain_words(name, {**SPELLED, **_DETECTORS})
