from kizu.detection.images.parameters import PixelForestParameters, PixelNeighborsParameters
from kizu.detection.variants import variants
from kizu.parameters import Parameters
from kizu.training.settings import TrainingParameters


class Trained(Parameters):
    width: int
    training: TrainingParameters


def test_a_trained_detector_is_reseeded_and_untrained():
    own = Trained(width=4, training=TrainingParameters(steps=9, batch_size=2, seed=5))
    found = dict(variants(own, repetitions=3, compare_untrained=True))
    assert list(found) == ["seed 6", "seed 7", "untrained"]
    assert [found[f"seed {seed}"].training.seed for seed in (6, 7)] == [6, 7]
    assert found["seed 6"].training.steps == 9
    assert (found["untrained"].training.steps, found["untrained"].training.seed) == (1, 5)
    assert all(variant.width == 4 for variant in found.values())


def test_a_random_detector_is_reseeded_alone():
    own = PixelForestParameters(trees=3, seed=2)
    assert dict(variants(own, repetitions=2, compare_untrained=True)) == {
        "seed 3": PixelForestParameters(trees=3, seed=3)
    }


def test_what_draws_nothing_has_no_variant():
    own = PixelNeighborsParameters(neighbors=3)
    assert list(variants(own, repetitions=5, compare_untrained=True)) == []
    assert list(variants(own, repetitions=1, compare_untrained=True)) == []
