"""Scoring and learning by turns, with a detector that can be followed by hand."""

import numpy as np
import pytest

from kizu.detection.conformal import conformal_p_values
from kizu.detection.prequential import score_and_learn


class FarFromMean:
    """Distance to the mean of all that was learned."""

    def fit(self, items):
        self.items = items
        return self

    def update(self, items):
        return self.fit(np.concatenate([self.items, items]))

    def score(self, items):
        return np.abs(items - self.items.mean())


ITEMS = np.array([1.0, 9.0, 2.0, 0.0])


def judged(learn_above, recent=(1.0, 2.0, 0.5), window=3):
    detector = FarFromMean().fit(np.zeros(1))
    found = score_and_learn(detector, ITEMS, recent, window=window, learn_above=learn_above)
    return found, detector


def test_each_item_is_judged_by_what_was_before_it():
    found, detector = judged(0.25)
    # 9 stands out: p = 1/4. Means: 0, (0 + 1)/2, the same, (0 + 1 + 2)/3.
    np.testing.assert_allclose(found.scores, [1, 8.5, 1.5, 1])
    np.testing.assert_allclose(found.p_values, [3 / 4, 1 / 4, 2 / 4, 4 / 4])
    assert found.learned.tolist() == [True, False, True, True]
    np.testing.assert_array_equal(detector.items, [0, 1, 2, 0])


def test_it_learns_from_all_or_from_none():
    everything, learned = judged(0)
    assert everything.learned.all()
    np.testing.assert_array_equal(learned.items, [0, *ITEMS])
    nothing, same = judged(1)
    assert not nothing.learned.any()
    np.testing.assert_array_equal(nothing.scores, same.score(ITEMS))
    np.testing.assert_array_equal(same.items, [0])


def test_the_window_slides_over_all_scores():
    found, _ = judged(1, window=2)
    for place, recent in enumerate([(2, 0.5), (0.5, 1), (1, 9), (9, 2)]):
        expected = conformal_p_values(recent, found.scores[place : place + 1])
        assert found.p_values[place] == expected[0]


def test_in_parts_it_is_the_same():
    whole, _ = judged(0.25)
    recent, detector = np.array([1.0, 2.0, 0.5]), FarFromMean().fit(np.zeros(1))
    parts = []
    for part in np.split(ITEMS, [1, 3]):
        parts.append(score_and_learn(detector, part, recent, window=3, learn_above=0.25))
        recent = np.append(recent, parts[-1].scores)
    for name, values in whole._asdict().items():
        np.testing.assert_array_equal(np.concatenate([getattr(p, name) for p in parts]), values)


def test_after_a_change_the_share_flagged_is_what_was_asked_for():
    random = np.random.default_rng(0)
    known, changed = random.standard_normal(200), random.standard_normal(2000) + 10
    detector = FarFromMean().fit(known)
    recent = detector.score(known)
    assert conformal_p_values(recent, detector.score(changed)).max() <= 0.1
    found = score_and_learn(detector, changed, recent, window=200, learn_above=0.1)
    assert np.mean(found.p_values <= 0.1) == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"window": 0}, "window must be at least 1, got 0"),
        ({"learn_above": 1.5}, r"learn_above must lie in \[0, 1\], got 1.5"),
        ({"recent": ()}, "at least one score, got none"),
    ],
)
def test_bad_parameters_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        judged(**{"learn_above": 0.1, **changed})
