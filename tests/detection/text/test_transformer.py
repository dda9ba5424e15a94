"""The detectors with a language model: what they read, and what the score is."""

import numpy as np
import pytest
import torch

from kizu.detection.packing import build_detector
from kizu.detection.text.registry import TEXT_DETECTORS
from kizu.detection.text.sequences import BOUNDARY
from kizu.detection.text.windows import with_lines_before

from .conftest import CLOSE, FAST, LOST, OPEN, SLOW, TURN, line


def windows(*lines):
    return with_lines_before(np.array(lines, np.int32), 1)


@pytest.mark.parametrize("name", ["transformer", "state_neighbors"])
def test_a_known_line_in_the_wrong_place_is_seen(name, fitted):
    right = windows(line(TURN, SLOW), line(CLOSE, CLOSE))[1:]
    wrong = windows(line(OPEN), line(CLOSE, CLOSE))[1:]
    detector = fitted(name)
    assert detector.score(wrong)[0] > 1.5 * detector.score(right)[0]
    # Who looks at the line alone cannot see it.
    assert fitted("ngram").score(wrong) == fitted("ngram").score(right)


def test_score_is_the_mean_surprise_of_the_scored_line_alone(fitted):
    detector = fitted("transformer")
    items = windows(line(OPEN), line(TURN, FAST))[1:]
    places = {token: place for place, token in enumerate(detector._known.tolist())}
    tokens = [BOUNDARY, places[OPEN], BOUNDARY, places[TURN], places[FAST], BOUNDARY]
    with torch.no_grad():
        logits = detector._networks["model"](torch.tensor([tokens]))[0].double()
    surprise = -logits.log_softmax(1)[torch.arange(5), torch.tensor(tokens[1:])]
    assert detector.score(items)[0] == pytest.approx(float(surprise[2:].mean()), rel=1e-6)
    explained = detector.explain(items)[0]
    expected = np.maximum(surprise[2:4].numpy() - detector._usual, 0)
    np.testing.assert_allclose(explained, [*expected, 0, 0], rtol=1e-5, atol=1e-7)


def test_usual_is_the_mean_over_the_tokens_of_normal_lines(fitted, normal):
    for name in ("transformer", "ngram"):
        detector = fitted(name)
        # Lines of k tokens have k + 1 surprises: with their ends.
        weights = (normal[:, -1] != 1).sum(axis=1) + 1
        mean = np.average(detector.score(normal), weights=weights)
        assert detector._usual == pytest.approx(mean)


def test_the_end_of_a_line_that_fills_its_row_is_not_scored(fitted):
    full = windows(line(OPEN, OPEN, OPEN, OPEN))
    detector = fitted("ngram")
    surprise = detector._surprise(full)
    assert detector.score(full)[0] == pytest.approx(surprise[0, :4].mean())


def test_what_stands_in_the_lines_before_is_not_learned(parameters):
    strange = with_lines_before(np.array([line(LOST, LOST), line(OPEN)] * 20, np.int32), 1)
    detector = build_detector(TEXT_DETECTORS, "transformer", parameters["transformer"])
    # Normal lines, each after a strange one.
    detector.fit(strange[1::2])
    lost, opened = detector.score(strange[2:4])
    assert opened < 0.2
    assert lost > 10 * opened
