"""TF-IDF neighbors against scikit-learn on strings."""

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_distances

from kizu.detection.text.parameters import TfidfNeighborsParameters
from kizu.detection.text.tfidf import TfidfNeighbors
from kizu.preprocessing.vocabulary import PADDING, UNKNOWN

RANDOM = np.random.default_rng(0)


def random_lines(count, largest):
    tokens = RANDOM.integers(2, largest, (count, 1, 6))
    lengths = RANDOM.integers(1, 7, (count, 1, 1))
    return np.where(np.arange(6) < lengths, tokens, PADDING).astype(np.int32)


def as_text(lines):
    return [" ".join(f"t{token}" for token in line[line != PADDING]) for line in lines[:, 0]]


def test_agrees_with_scikit_learn():
    normal, new = random_lines(30, 9), random_lines(20, 9)
    vectorizer = TfidfVectorizer()
    distances = cosine_distances(
        *(vectorizer.fit_transform(as_text(normal)), vectorizer.transform(as_text(new)))
    )
    expected = np.sort(distances, axis=0)[:4].mean(axis=0)
    detector = TfidfNeighbors(TfidfNeighborsParameters(neighbors=4)).fit(normal)
    np.testing.assert_allclose(detector.score(new), expected, atol=1e-12)


def test_explanation_adds_up_to_the_distance_that_own_tokens_make():
    normal = np.array([[[2, 3, PADDING, PADDING]]], np.int32)
    detector = TfidfNeighbors(TfidfNeighborsParameters(neighbors=1)).fit(normal)
    new = np.array([[[2, 9, 9, PADDING]]], np.int32)
    # Unit vectors over (<unk>, 2, 3): the unknown token weighs log(2) + 1, the known ones 1.
    weight = 2 * (np.log(2) + 1)
    vector = np.array([weight, 1, 0]) / np.hypot(weight, 1)
    nearest = np.array([0, 1, 1]) / np.sqrt(2)
    own = np.maximum(vector - nearest, 0) ** 2 / 2
    explained = detector.explain(new)[0]
    np.testing.assert_allclose(explained, [0, own[UNKNOWN] / 2, own[UNKNOWN] / 2, 0], rtol=1e-6)
    np.testing.assert_allclose(detector.score(new), 1 - vector @ nearest)


def test_a_normal_line_is_at_no_distance():
    normal = random_lines(30, 9)
    detector = TfidfNeighbors(TfidfNeighborsParameters(neighbors=1)).fit(normal)
    np.testing.assert_allclose(detector.score(normal), 0, atol=1e-12)
    np.testing.assert_allclose(detector.explain(normal), 0, atol=1e-12)
